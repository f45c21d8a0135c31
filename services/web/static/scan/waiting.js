// The queue as it is shown: how much waits and since when, what was refused and why, what was recorded lately.
(function () {
  "use strict";

  const one = window.OneCode;
  const SHOWN = 30, UPLOAD = 200;

  function headOf(scan) {
    const said = scan.said || scan;
    const tail = scan.said && scan.said.code ? one.tailOf(scan.said.code) : scan.tail;
    const parts = one.element("p", "head", one.element("b", "", one.say("purpose_" + said.purpose)), " " + one.moment(scan.kept_at));
    [said.amount_paid ? "¥" + said.amount_paid : "", said.quantity ? said.quantity + said.unit : "", tail ? "…" + tail : ""].forEach(function (part) {
      if (part) {
        parts.appendChild(document.createTextNode(" · " + part));
      }
    });
    return parts;
  }

  one.slipOf = function (scan) {
    return "/scan/v1/scans/" + encodeURIComponent(scan.station) + "/" + scan.scan_id + "/slip?device=" + scan.device;
  };

  one.slipLink = function (scan) {
    const link = one.element("a", "button", one.say("slip"));
    link.href = one.slipOf(scan);
    link.target = "_blank";
    link.rel = "noopener";
    return link;
  };

  function save(body) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(body, null, 1)], { type: "application/json" }));
    link.download = "onecode-scans-" + body.station + "-" + body.device + "-" + new Date().toISOString().slice(0, 10) + ".json";
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
  }

  one.WaitingView = class {
    constructor(page) {
      this.page = page;
      one.at("send-now").addEventListener("click", function () { page.queue.send(); });
      one.at("save-file").addEventListener("click", () => this.saveFile());
      one.at("bring-file").addEventListener("change", (event) => this.bringFile(event.target));
    }

    // Draw the bar that is always there, and the lists if they are shown.
    async draw() {
      const scans = one.inOrder(await this.page.store.scans());
      const waiting = scans.filter(function (scan) { return scan.state === "waiting"; });
      const refused = scans.filter(function (scan) { return scan.state === "refused"; });
      this.drawBar(waiting, refused);
      this.drawSummary(waiting);
      this.drawRefused(refused);
      this.drawRecorded(scans.filter(function (scan) { return scan.state === "recorded"; }).reverse().slice(0, SHOWN));
    }

    drawBar(waiting, refused) {
      const bar = one.at("bar");
      bar.hidden = !this.page.device && waiting.length + refused.length === 0;
      bar.className = refused.length ? "bar refused" : waiting.length ? "bar waiting" : "bar clear";
      bar.setAttribute("data-waiting", String(waiting.length));
      bar.setAttribute("data-refused", String(refused.length));
      one.put(bar, waiting.length
        ? one.say("bar_waiting", { count: waiting.length, oldest: one.moment(waiting[0].kept_at) }) : refused.length ? "" : one.say("bar_clear"));
      if (refused.length) {
        bar.appendChild(one.element("b", "", one.say("bar_refused", { count: refused.length })));
      }
    }

    drawSummary(waiting) {
      const page = this.page, queue = page.queue, place = one.put(one.at("waiting-summary"));
      place.appendChild(one.element("p", "", waiting.length
        ? one.say("waiting_count", { count: waiting.length, oldest: one.moment(waiting[0].kept_at) }) : one.say("waiting_none")));
      const elsewhere = waiting.filter(function (scan) { return page.device && scan.station !== page.device.station; });
      if (elsewhere.length) {
        place.appendChild(one.element("p", "warning", one.say("waiting_elsewhere", { count: elsewhere.length, station: elsewhere[0].station })));
      }
      if (waiting.length && queue.trouble) {
        const known = { no_line: "trouble_no_line", not_known: "trouble_not_known" }[queue.trouble.kind];
        place.appendChild(one.element("p", "warning", known ? one.say(known) : one.sayProblem(queue.trouble.problem)));
      }
      if (queue.skewSeconds) {
        place.appendChild(one.element("p", "warning", one.say("clock_wrong", { minutes: Math.round(Math.abs(queue.skewSeconds) / 60) })));
      }
      one.at("save-file").disabled = waiting.length === 0;
    }

    drawRefused(refused) {
      const page = this.page, place = one.put(one.at("refused"));
      one.at("refused-title").hidden = refused.length === 0;
      refused.forEach(function (scan) {
        const item = one.element("li", "", headOf(scan), one.element("p", "reason", one.sayProblem(scan.problem)));
        if (scan.said.purpose !== "void") {
          item.appendChild(one.button("correct", "", function () { page.correct(scan); }));
        }
        item.appendChild(one.button("send_again", "", function () { page.queue.correct(scan, scan.said); }));
        item.appendChild(one.sureButton("discard", "danger", async function () {
          await page.store.drop(scan.scan_id);
          page.redraw();
        }));
        place.appendChild(item);
      });
    }

    drawRecorded(recorded) {
      const page = this.page, place = one.put(one.at("recorded"));
      recorded.forEach(function (scan) {
        const item = one.element("li", scan.voided ? "voided" : "", headOf(scan));
        if (scan.verdict) {
          item.appendChild(one.element("p", "reason", one.say("verdict_" + scan.verdict)));
        }
        if (scan.voided) {
          item.appendChild(one.element("p", "reason", one.say("voided")));
        } else if (scan.purpose !== "void") {
          if (scan.amount_paid) {
            item.appendChild(one.slipLink(scan));
          }
          item.appendChild(one.sureButton("void", "danger", function () { page.voidScan(scan); }));
        }
        place.appendChild(item);
      });
    }

    // Some WebViews save nothing and do not say so: what would be in the file is shown too, to be copied.
    async saveFile() {
      const files = one.asFiles(await this.page.queue.waiting());
      files.forEach(save);
      one.put(one.at("file-answer"), one.say("file_saved"));
      one.at("file-text").value = files.map(function (body) { return JSON.stringify(body); }).join("\n");
      one.at("file-copy").hidden = files.length === 0;
    }

    // Send what another phone of this station saved, in that one's name: sent by both, each scan counts once.
    async bringFile(input) {
      const place = one.at("file-answer"), file = input.files[0], counts = { accepted: 0, duplicate: 0, conflict: 0, rejected: 0 };
      if (!file) {
        return;
      }
      input.value = "";  // so that the same file can be brought again
      one.put(place, one.say("asking"));
      try {
        const body = JSON.parse(await new Response(file).text());
        for (let begin = 0; begin < body.scans.length; begin += UPLOAD) {
          const part = { station: body.station, device: body.device, scans: body.scans.slice(begin, begin + UPLOAD) };
          const answer = await one.askDevice("POST", "/v1/scans", part);
          if (answer.status !== 200) {
            one.put(place, one.sayProblem(answer.body));
            return;
          }
          Object.keys(counts).forEach(function (name) { counts[name] += answer.body.counts[name]; });
        }
        one.put(place, one.say("file_brought", counts));
      } catch (error) {
        one.put(place, one.say(error instanceof SyntaxError || error instanceof TypeError && window.navigator.onLine ? "file_unreadable" : "only_with_line"));
      }
    }
  };
})();
