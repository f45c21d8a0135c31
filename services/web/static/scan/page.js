// The page: reads a code, says what it is good for, takes down what was done, and leaves the rest to the queue.
(function () {
  "use strict";

  const one = window.OneCode;
  const REFRESH = 900000, UPDATE = 3600000;
  const FATAL = ["bad_signature", "unknown"], FINE = ["valid", "unlisted"];
  const KNOWN_STATES = { in_force: "valid", suspended: "suspended", revoked: "revoked", replaced: "revoked", not_yet_in_force: "not_yet_in_force" };

  class ScanPage {
    constructor(store) {
      this.store = store;
      this.view = "";
      this.read = null;
      this.done = null;
      this.correcting = null;
      this.stopCamera = null;
      this.cameraStart = null;
      this.queue = new one.Queue(store, () => this.redraw());
      this.queue.settled = (scan, result) => this.settled(scan, result);
      this.form = new one.WorkForm(one.at("work-form"));
      this.waiting = new one.WaitingView(this);
      this.setup = new one.SetupView(this);
      this.statement = new one.StatementView((view) => this.show(view));
      this.listen();
    }

    listen() {
      const typed = one.at("typed");
      one.at("typed-form").addEventListener("submit", (event) => { event.preventDefault(); this.take(typed.value); });
      typed.addEventListener("input", () => this.judgeTyping(typed.value));
      one.at("camera").addEventListener("click", () => this.startCamera());
      one.at("camera-stop").addEventListener("click", () => this.endCamera());
      one.at("photo").addEventListener("change", (event) => this.takePhoto(event.target));
      one.at("work-form").addEventListener("submit", (event) => { event.preventDefault(); this.keepWork(); });
      one.at("bar").addEventListener("click", () => this.show(this.view === "queue" ? "home" : "queue"));
      one.at("language").addEventListener("click", () => {
        one.setLanguage(one.isChinese() ? "en" : "zh");
        this.form.setCategories(this.categories);
      });
      Array.prototype.forEach.call(document.querySelectorAll("[data-show]"), (button) => {
        button.addEventListener("click", () => this.show(button.getAttribute("data-show")));
      });
      Array.prototype.forEach.call(document.querySelectorAll("[data-purpose]"), (button) => {
        button.addEventListener("click", () => this.choose(button.getAttribute("data-purpose")));
      });
      document.addEventListener("keydown", (event) => this.scannerKey(event));
      window.addEventListener("online", () => { this.queue.send(); this.setup.refresh(); });
    }

    async loadState() {
      const names = ["device", "station", "keys", "list", "categories", "operator"];
      const values = await Promise.all(names.map((name) => this.store.get(name)));
      names.forEach((name, place) => { this[name] = values[place] || null; });
      this.form.setCategories(this.categories);
    }

    show(wanted) {
      const view = wanted === "home" && !this.device ? "enrol" : wanted;
      this.endCamera();
      this.view = view;
      document.body.setAttribute("data-view", view);
      Array.prototype.forEach.call(document.querySelectorAll("[data-view-of]"), function (section) {
        section.hidden = section.getAttribute("data-view-of") !== view;
      });
      one.at("file-copy").hidden = true;
      one.at("file-text").value = "";
      if (view === "home") {
        this.read = this.done = this.correcting = null;
        one.at("typed").value = "";
        this.judgeTyping("");
      }
      window.scrollTo(0, 0);
      this.redraw();
    }

    redraw() {
      this.setup.draw();
      this.waiting.draw();
    }

    // A scanner that acts as a keyboard types and ends with Enter: it need not find the field first.
    scannerKey(event) {
      const isWriting = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      const isSign = /^[!-~]$/.test(event.key || "") && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (isSign && !isWriting && ["home", "read", "done"].indexOf(this.view) >= 0) {
        if (this.view !== "home") {
          this.show("home");
        }
        one.at("typed").focus();
      }
    }

    judgeTyping(text) {
      const read = one.readScanned(text), place = one.at("typed-answer");
      place.className = "answer";
      if (!text.trim()) {
        one.put(place, "");
      } else if (!read.flaw) {
        place.className = "answer good";
        one.put(place, one.say("typed_good", { code: one.groupCode(read.code) }));
      } else if (read.flaw === "length") {
        one.put(place, one.say(Array.from(read.code).length < 10 ? "typed_short" : "typed_long", { count: Array.from(read.code).length }));
      } else {
        place.className = "answer bad";
        one.put(place, one.say("flaw_code_" + read.flaw));
      }
      return read;
    }

    async startCamera() {
      if (!one.hasCamera()) {
        one.put(one.at("camera-answer"), one.say(window.isSecureContext === false ? "camera_needs_https" : "camera_none"));
        return;
      }
      this.endCamera();
      const start = this.cameraStart = {};
      one.put(one.at("camera-answer"), one.say("camera_starts"));
      one.at("camera-frame").hidden = false;
      try {
        const stop = await one.watchCamera(
          one.at("video"), () => this.cameraStart === start, (text) => { this.endCamera(); this.take(text); }
        );
        if (this.cameraStart === start) {
          this.stopCamera = stop;
          one.put(one.at("camera-answer"), "");
        }
      } catch (error) {
        if (this.cameraStart !== start) {
          return;
        }
        this.endCamera();
        one.put(one.at("camera-answer"), one.say(error.name === "NotAllowedError" ? "camera_refused" : "camera_none"));
      }
    }

    // Also while it is being opened: what is opened for nobody any more closes by itself.
    endCamera() {
      if (this.cameraStart) {
        this.cameraStart = null;
        one.put(one.at("camera-answer"), "");
      }
      if (this.stopCamera) {
        this.stopCamera();
        this.stopCamera = null;
      }
      one.at("camera-frame").hidden = true;
    }

    async takePhoto(input) {
      const place = one.at("camera-answer"), file = input.files[0];
      if (!file) {
        return;
      }
      one.put(place, one.say("photo_reading"));
      try {
        const text = await one.readPhoto(file);
        one.put(place, text ? "" : one.say("photo_nothing"));
        if (text) {
          this.take(text);
        }
      } catch (error) {
        one.put(place, one.say("photo_nothing"));
      }
      input.value = "";
    }

    // Something was scanned or typed: judge it on the phone at once, and ask the register if there is a line.
    take(text) {
      const read = this.judgeTyping(text);
      if (read.flaw) {
        one.at("typed").value = text;
        one.at("typed-answer").className = "answer bad";
        this.askForHint(text, read);
        return;
      }
      const judged = one.judge(read, this.keys, this.list);
      this.read = Object.assign(read, judged, { asked: false });
      this.drawRead();
      this.show("read");
      this.askRegister(this.read);
    }

    async askForHint(text, read) {
      if (read.flaw !== "check") {
        return;
      }
      try {
        const answer = await one.ask("GET", "/v1/codes/" + encodeURIComponent(read.code));
        const slip = answer.body && answer.body.slip;
        if (slip && one.at("typed").value === text) {
          one.at("typed-answer").appendChild(one.element("b", "", one.say("slip_" + slip)));
        }
      } catch (error) {
        return;
      }
    }

    // What a card is good for stands in the list, so that is fetched first; what its code is good for, in the register.
    async askRegister(read) {
      try {
        if (read.token) {
          if (!await one.refreshList(this.store, this.keys)) {
            return;
          }
          this.list = await this.store.get("list");
          Object.assign(read, one.judge(read, this.keys, this.list));
        }
        const answer = await one.ask("GET", "/v1/codes/" + read.code);
        const state = answer.status === 404 ? "unknown" : answer.status === 200 ? KNOWN_STATES[answer.body.state] : null;
        if (!state) {
          return;
        }
        read.asked = true;
        // The register says what the code is good for; that the card is not good is known better here.
        if (!(read.how === "card" && ["bad_signature", "revoked", "unknown_key"].indexOf(read.verdict) >= 0)) {
          read.verdict = state;
        }
      } catch (error) {
        return;
      }
      if (this.read === read) {
        this.drawRead();
      }
    }

    drawRead() {
      const read = this.read, verdict = one.at("verdict");
      verdict.className = "verdict " + read.verdict;
      verdict.setAttribute("data-verdict", read.verdict);
      verdict.setAttribute("data-asked", String(read.asked));
      one.put(
        verdict, one.element("b", "", one.say("verdict_" + read.verdict)), one.element("span", "code", one.groupCode(read.code)),
        one.element("span", "why", one.say("verdict_" + read.verdict + "_text"))
      );
      const how = (read.asked ? "asked_" : "judged_") + read.how;
      one.put(one.at("verdict-of"), one.say(how), " ", this.setup.ageOf(this.list));
      // Somebody may be writing already when the register answers.
      one.put(one.at("work-warning"), FINE.indexOf(read.verdict) >= 0 ? "" : one.say("verdict_" + read.verdict));
      one.at("work-warning").hidden = FINE.indexOf(read.verdict) >= 0;
      Array.prototype.forEach.call(document.querySelectorAll("[data-purpose]"), (button) => {
        const purpose = button.getAttribute("data-purpose");
        button.hidden = purpose === "statement" ? !read.token || read.code[0] !== "H" : purpose !== "verify" && FATAL.indexOf(read.verdict) >= 0;
      });
    }

    choose(purpose) {
      if (purpose === "statement") {
        this.statement.begin(this.read);
      } else if (one.PURPOSES[purpose]) {
        this.openForm(purpose, null);
      } else {
        this.keep({ purpose: purpose });
      }
    }

    openForm(purpose, said) {
      one.put(one.at("work-title"), one.say("purpose_" + purpose));
      one.put(one.at("work-code"), one.groupCode(this.read.code));
      this.form.show(purpose, said, this.operator);
      this.show("work");
    }

    keepWork() {
      const said = this.form.read();
      if (said) {
        this.operator = said.operator || null;
        this.store.set("operator", this.operator);
        this.keep(said);
      }
    }

    async keep(said) {
      const read = this.read, whole = Object.assign({ code: read.token ? read.text : read.code }, said);
      if (this.correcting) {
        const scan = this.correcting;
        this.correcting = null;
        this.done = scan.scan_id;
        this.drawDone(scan, null);
        this.show("done");
        await this.queue.correct(scan, whole);
        return;
      }
      await this.keepNew(whole, !read.asked);
    }

    async keepNew(whole, offline) {
      let scan;
      try {
        scan = await this.queue.record(this.device, whole, offline);
      } catch (error) {
        one.put(one.at("keep-answer"), one.say("not_kept"));
        this.show("not-kept");
        return;
      }
      this.done = scan.scan_id;
      this.drawDone(scan, null);
      this.show("done");
    }

    correct(scan) {
      this.show("home");
      this.correcting = scan;
      this.read = one.readScanned(scan.said.code);
      Object.assign(this.read, one.judge(this.read, this.keys, this.list), { asked: false });
      this.drawRead();
      if (one.PURPOSES[scan.said.purpose]) {
        this.openForm(scan.said.purpose, scan.said);
      } else {
        this.keep({ purpose: scan.said.purpose });
      }
    }

    voidScan(scan) {
      const voids = { scan_id: scan.scan_id };
      if (scan.device !== this.device.device) {
        voids.device = scan.device;
      }
      this.keepNew({ purpose: "void", voids: voids }, false);
    }

    settled(scan, result) {
      if (this.done === scan.scan_id) {
        this.drawDone(scan, result);
      }
    }

    // What became of the scan that was just taken down; county and cooperatives are shown and not kept.
    drawDone(scan, result) {
      const place = one.at("outcome"), status = result ? result.status : "waiting";
      const isRecorded = status === "accepted" || status === "duplicate";
      place.className = "outcome " + (isRecorded ? result.verdict || "recorded" : status);
      place.setAttribute("data-status", status);
      place.setAttribute("data-verdict", result && result.verdict || "");
      one.put(place, one.element("b", "", one.say("outcome_" + (isRecorded ? "recorded" : result ? "refused" : "waiting"))));
      one.put(one.at("slip-place"));
      if (result && !isRecorded) {
        place.appendChild(one.element("p", "", one.sayProblem(result.problem)));
      } else if (result) {
        [result.verdict ? one.say("verdict_" + result.verdict) : null, result.organisation, result.county, (result.cooperatives || []).join("、"),
          result.paid_income ? one.say("paid_income") : null].forEach(function (part) {
          if (part) {
            place.appendChild(one.element("p", "", part));
          }
        });
        if (scan.said.purpose === "goods_received" && scan.said.amount_paid) {
          one.at("slip-place").appendChild(one.slipLink(scan));
        }
      } else {
        place.appendChild(one.element("p", "", one.say("outcome_waiting_text")));
      }
    }
  }

  // A new version waits until nothing is being written: at once when the page has just been opened, else when asked.
  function keepPage(page) {
    const workers = window.navigator.serviceWorker;
    if (!workers) {
      return;
    }
    const hadOne = Boolean(workers.controller);
    workers.addEventListener("controllerchange", function () {
      if (hadOne) {
        window.location.reload();
      }
    });
    workers.register("/scan/worker.js", { scope: "/scan" }).then(function (registration) {
      function offer() {
        const worker = registration.waiting;
        if (!worker || !workers.controller) {
          return;
        }
        if (page.view === "home" && one.at("typed").value === "" || page.view === "enrol" && one.at("enrol-code").value === "") {
          worker.postMessage("take over");
          return;
        }
        one.at("renew").hidden = false;
        one.at("renew").onclick = function () { worker.postMessage("take over"); };
      }
      offer();
      registration.addEventListener("updatefound", function () {
        const worker = registration.installing;
        worker.addEventListener("statechange", function () {
          if (worker.state === "installed") {
            offer();
          }
        });
      });
      setInterval(function () { registration.update(); }, UPDATE);
      return workers.ready.then(function () { document.body.setAttribute("data-worker", "ready"); });
    }).catch(function () { document.body.setAttribute("data-worker", "none"); });
  }

  async function begin() {
    one.chooseLanguage();
    let store;
    try {
      store = await one.openStore();
    } catch (error) {
      one.at("no-store").hidden = false;
      return;
    }
    const page = new ScanPage(store);
    await page.loadState();
    page.show(page.device ? "home" : "enrol");
    keepPage(page);
    page.queue.send();
    page.setup.refresh();
    setInterval(function () { page.setup.refresh(); }, REFRESH);
  }

  begin();
})();
