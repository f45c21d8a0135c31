// The work done with a scan: which fields a purpose has, what is wrong with them, and what goes into the queue.
(function () {
  "use strict";

  const one = window.OneCode;
  const TRADE = ["category", "quantity", "unit", "unit_price", "amount_paid", "order_no", "operator"];
  one.PURPOSES = {
    verify: null,
    goods_received: TRADE,
    goods_sold: TRADE,
    purchase_for_villager: TRADE,
    parcel_in: ["waybill", "order_no", "operator"],
    parcel_out: ["waybill", "order_no", "operator"],
    service: ["amount_paid", "operator"]
  };
  const FORMS = {
    quantity: /^[0-9]{1,9}(\.[0-9]{1,3})?$/,
    unit_price: /^[0-9]{1,11}(\.[0-9]{1,2})?$/,
    amount_paid: /^[0-9]{1,11}(\.[0-9]{1,2})?$/,
    waybill: /^[A-Za-z0-9._:/-]{1,64}$/,
    order_no: /^[A-Za-z0-9._:/-]{1,64}$/,
    operator: /^[A-Za-z][A-Za-z0-9._:@-]{0,63}$/
  };

  function milli(text) {
    const parts = text.split(".");
    return Number(parts[0]) * 1000 + Number(((parts[1] || "") + "000").slice(0, 3));
  }

  // The amount that quantity and unit price make, to offer it: halves away from zero, as everywhere here. Null if unsure.
  one.amountOf = function (quantity, unitPrice) {
    if (!FORMS.quantity.test(quantity) || !FORMS.unit_price.test(unitPrice)) {
      return null;
    }
    const parts = unitPrice.split(".");
    const fen = Number(parts[0]) * 100 + Number(((parts[1] || "") + "00").slice(0, 2));
    const product = milli(quantity) * fen;
    if (!Number.isSafeInteger(product)) {
      return null;
    }
    const rounded = Math.floor((product + 500) / 1000);
    return Math.floor(rounded / 100) + "." + (rounded % 100 < 10 ? "0" : "") + rounded % 100;
  };

  // What is wrong: field → key of the text that says so.
  one.flawsOf = function (purpose, said) {
    const flaws = {};
    one.PURPOSES[purpose].forEach(function (name) {
      if (said[name] && FORMS[name] && !FORMS[name].test(said[name])) {
        flaws[name] = "flaw_" + name;
      }
    });
    if (said.quantity && Number(said.quantity) === 0) {
      flaws.quantity = "flaw_quantity";
    }
    if (said.quantity && !said.unit) {
      flaws.unit = "flaw_unit";
    }
    if (said.unit && !said.quantity) {
      flaws.quantity = "flaw_quantity_needed";
    }
    if (purpose === "goods_received" && said.amount_paid && !said.category) {
      flaws.category = "flaw_category";
    }
    return flaws;
  };

  // Full-width digits and signs, as Chinese keyboards write them, are meant as the plain ones.
  function plain(text) {
    return text.replace(/[\uff01-\uff5e]/g, function (sign) { return String.fromCharCode(sign.charCodeAt(0) - 0xfee0); })
      .replace(/。/g, ".").trim();
  }

  one.WorkForm = class {
    constructor(form) {
      this.form = form;
      this.offered = "";
      ["quantity", "unit_price"].forEach((name) => {
        this.field(name).addEventListener("input", () => this.offerAmount());
      });
    }

    field(name) {
      return this.form.elements[name];
    }

    offerAmount() {
      const amount = one.amountOf(plain(this.field("quantity").value), plain(this.field("unit_price").value));
      if (amount !== null && (this.field("amount_paid").value === "" || this.field("amount_paid").value === this.offered)) {
        this.offered = this.field("amount_paid").value = amount;
      }
    }

    setCategories(categories) {
      const select = this.field("category"), chosen = select.value;
      select.textContent = "";
      select.appendChild(new Option("—", ""));
      (categories || []).forEach(function (row) {
        select.appendChild(new Option((one.isChinese() ? row.name : row.name_en || row.name) || row.category, row.category));
      });
      select.value = chosen;
    }

    show(purpose, said, operator) {
      this.purpose = purpose;
      this.offered = "";
      Array.prototype.forEach.call(this.form.querySelectorAll("[data-field]"), function (row) {
        row.hidden = one.PURPOSES[purpose].indexOf(row.getAttribute("data-field")) < 0;
      });
      TRADE.concat("waybill").forEach((name) => {
        this.field(name).value = said && said[name] || (name === "operator" && operator || "");
        this.mark(name, null);
      });
    }

    mark(name, key) {
      const place = this.form.querySelector("[data-flaw=" + name + "]");
      one.put(place, key ? one.say(key) : "");
      this.field(name).setAttribute("aria-invalid", key ? "true" : "false");
    }

    // What the form says, or null after marking what is wrong with it.
    read() {
      const said = { purpose: this.purpose };
      one.PURPOSES[this.purpose].forEach((name) => {
        const text = name === "unit" ? this.field(name).value.trim() : plain(this.field(name).value);
        if (text) {
          said[name] = text;
        }
      });
      const flaws = one.flawsOf(this.purpose, said);
      one.PURPOSES[this.purpose].forEach((name) => this.mark(name, flaws[name] || null));
      const first = Object.keys(flaws)[0];
      if (first) {
        this.field(first).focus();
      }
      return first ? null : said;
    }
  };
})();
