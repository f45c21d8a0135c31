// A household's own statement, and the PIN of its card: with a line only. Neither PIN, grant nor figure is kept anywhere;
// what is shown goes when it is closed, when its time is over, or when the page is left.
(function () {
  "use strict";

  const one = window.OneCode;

  function table(heads, rows) {
    const head = one.element("tr");
    heads.forEach(function (key) { head.appendChild(one.element("th", "", one.say(key))); });
    const body = one.element("tbody");
    rows.forEach(function (row) {
      const line = one.element("tr");
      row.forEach(function (cell) { line.appendChild(one.element("td", "", cell === null ? "" : String(cell))); });
      body.appendChild(line);
    });
    return one.element("div", "wide", one.element("table", "", one.element("thead", "", head), body));
  }

  function section(key, heads, rows) {
    const content = rows.length ? table(heads, rows) : one.element("p", "note", one.say("none"));
    return one.element("section", "", one.element("h3", "", one.say(key)), content);
  }

  function drawFigures(place, opened, figures) {
    one.put(
      place,
      one.element("p", "code", one.groupCode(figures.code)),
      one.element("p", "note", one.say("statement_months", { from: figures.from_month, to: figures.to_month })),
      section(
        "statement_totals",
        ["statement_sold", "statement_paid", "statement_contract", "statement_imputed", "statement_income"],
        [[figures.totals.sold, figures.totals.paid, figures.totals.contract, figures.totals.imputed, figures.totals.income]]
      ),
      section(
        "statement_by_month",
        ["month", "statement_paid", "statement_contract", "statement_imputed", "statement_income"],
        figures.income.map(function (row) { return [row.month, row.paid, row.contract, row.imputed, row.total]; })
      ),
      section(
        "statement_sales",
        ["month", "category", "statement_gross", "statement_refunds", "statement_net"],
        figures.sold.map(function (row) { return [row.month, row.category_name || row.category, row.gross, row.refunds, row.net]; })
      ),
      section(
        "statement_payments",
        ["statement_day", "amount_paid", "month"],
        figures.payments.map(function (row) { return [row.paid_on, row.amount, row.month]; })
      ),
      section(
        "statement_opened_before",
        ["statement_when", "station"],
        opened.accesses.map(function (row) { return [one.moment(row.opened_at), row.station]; })
      ),
      section(
        "statement_objections",
        ["month", "statement_objection", "statement_answer"],
        opened.objections.map(function (row) { return [row.month, row.text, row.answer]; })
      )
    );
  }

  one.StatementView = class {
    constructor(show) {
      this.show = show;
      this.grant = null;
      this.timer = 0;
      this.answer = one.at("pin-answer");
      one.at("pin-form").addEventListener("submit", (event) => { event.preventDefault(); this.open(); });
      one.at("pin-set").addEventListener("click", () => this.setPin());
      one.at("statement-close").addEventListener("click", () => this.close());
      one.at("objection-form").addEventListener("submit", (event) => { event.preventDefault(); this.object(); });
      document.addEventListener("visibilitychange", () => {
        if (document.hidden && this.grant) {
          this.close();
        }
      });
    }

    begin(read) {
      this.card = read.text;
      this.code = read.code;
      this.clear();
      this.show("pin");
    }

    clear() {
      clearTimeout(this.timer);
      this.grant = null;
      ["pin", "handover", "objection"].forEach(function (id) { one.at(id).value = ""; });
      one.put(one.at("figures"), "");
      one.put(one.at("objection-answer"), "");
      one.put(this.answer, "");
    }

    close() {
      this.clear();
      this.card = this.code = null;
      this.show("home");
    }

    async ask(place, method, path, body, headers) {
      one.put(place, one.say("asking"));
      try {
        const answer = await one.askDevice(method, path, body, headers);
        if (answer.status < 300) {
          one.put(place, "");
          return answer.body;
        }
        one.put(place, one.sayProblem(answer.body));
      } catch (error) {
        one.put(place, one.say("only_with_line"));
      }
      return null;
    }

    async open() {
      const card = this.card;
      const opened = await this.ask(this.answer, "POST", "/v1/statements", { card: card, pin: one.at("pin").value });
      one.at("pin").value = "";
      if (!opened || this.card !== card) {
        return;
      }
      this.grant = opened.grant;
      const figures = await this.ask(this.answer, "GET", "/v1/stats/statement", undefined, { "OneCode-Grant": opened.grant });
      if (!figures || this.grant !== opened.grant) {
        return;
      }
      drawFigures(one.at("figures"), opened, figures);
      this.timer = setTimeout(() => this.close(), Math.max(0, new Date(opened.expires_at) - new Date()) || 600000);
      this.show("statement");
    }

    async setPin() {
      const body = { card: this.card, pin: one.at("pin").value, handover: one.at("handover").value.trim() || null };
      if (await this.ask(this.answer, "POST", "/v1/codes/" + this.code + "/pin", body)) {
        one.put(this.answer, one.say("pin_is_set"));
      }
      one.at("pin").value = one.at("handover").value = "";
    }

    async object() {
      const body = { grant: this.grant, text: one.at("objection").value };
      if (await this.ask(one.at("objection-answer"), "POST", "/v1/statements/objections", body)) {
        one.at("objection").value = "";
        one.put(one.at("objection-answer"), one.say("objection_is_kept"));
      }
    }
  };
})();
