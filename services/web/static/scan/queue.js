// The queue: a scan is on the phone before anything is said of it, and stays until the server has answered for it. It is
// numbered at random, so sending it again, from anywhere, in whatever parts, counts it once.
(function () {
  "use strict";

  const one = window.OneCode;
  const BATCH = 20, KEPT = 200;
  const FIRST_WAIT = 2000, LONGEST_WAIT = 300000;

  // States: waiting (to be sent), refused (the server said why; nothing is lost), recorded (what it was for is forgotten).
  one.Queue = class {
    constructor(store, changed) {
      this.store = store;
      this.changed = changed;
      this.sending = null;
      this.again = false;
      this.wait = 0;
      this.timer = 0;
      this.trouble = null;
    }

    // Put a scan into the queue: {purpose, code?, voids?, …} as POST /v1/scans takes it.
    async record(device, said, offline) {
      const now = new Date().toISOString();
      const scan = await this.store.add({
        scan_id: one.random(16), device: device.device, station: device.station, state: "waiting", kept_at: now,
        said: Object.assign({ scanned_at: now, offline: offline }, said)
      });
      this.changed();
      this.send();
      return scan;
    }

    // Correct what was refused; it keeps its number.
    async correct(scan, said) {
      const kept = { scanned_at: scan.said.scanned_at, offline: scan.said.offline };
      await this.store.put(Object.assign({}, scan, { state: "waiting", problem: null, said: Object.assign(kept, said) }));
      this.changed();
      this.send();
    }

    async waiting() {
      return one.inOrder(await this.store.scans()).filter(function (scan) { return scan.state === "waiting"; });
    }

    // Those that may go: what was scanned for another station waits to be saved in a file.
    async sendable(device) {
      return (await this.waiting()).filter(function (scan) { return scan.station === device.station; });
    }

    // Send all that waits, in small batches. Several at a time do no harm, and are not needed.
    send() {
      clearTimeout(this.timer);
      this.again = true;
      if (!this.sending) {
        this.sending = this.sendAll().catch(function (error) { return { error: error }; }).then(() => { this.sending = null; });
      }
      return this.sending;
    }

    async sendAll() {
      let size = BATCH;
      while (this.again) {
        this.again = false;
        const device = await this.store.get("device");
        for (let batch = await this.next(device, size); batch.length; batch = await this.next(device, size)) {
          const answer = await this.sendBatch(device, batch);
          if (answer === "later") {
            this.backOff();
            this.changed();
            return;
          }
          if (answer === "unfit" && batch.length === 1) {
            await this.settle(batch[0], { status: "rejected", problem: this.trouble.problem });
          } else if (answer === "unfit") {
            size = Math.ceil(batch.length / 2);
          }
          this.changed();
        }
      }
      await this.forgetOld();
      this.changed();
    }

    async next(device, size) {
      return device ? one.nextBatch(await this.sendable(device), size) : [];
    }

    async sendBatch(device, batch) {
      // What a device of former days of this phone has numbered is brought in its name: its numbers stay its own.
      const said = { sent_at: new Date().toISOString(), scans: batch.map(one.asReported) };
      if (batch[0].device !== device.device) {
        said.device = batch[0].device;
      }
      let answer;
      try {
        answer = await one.askDevice("POST", "/v1/scans", said);
      } catch (error) {
        this.trouble = { kind: "no_line" };
        return "later";
      }
      if (answer.status === 200) {
        const clock = answer.body.clock || {};
        this.skewSeconds = clock.corrected ? clock.skew_seconds : 0;
        for (const result of answer.body.results) {
          await this.settle(batch[result.index], result);
        }
        this.wait = 0;
        this.trouble = null;
        return "settled";
      }
      const isUnfit = [400, 413, 422].indexOf(answer.status) >= 0;
      this.trouble = {
        kind: answer.status === 401 ? "not_known" : "refused", problem: answer.body, retryAfter: answer.retryAfter
      };
      return isUnfit ? "unfit" : "later";
    }

    async settle(scan, result) {
      const isRecorded = result.status === "accepted" || result.status === "duplicate";
      const refused = Object.assign({}, scan, { state: "refused", problem: result.problem || null });
      await this.store.put(isRecorded ? one.remembered(scan, result) : refused);
      if (isRecorded && scan.said.voids) {
        const voided = (await this.store.scans()).filter(function (other) { return other.scan_id === scan.said.voids.scan_id; })[0];
        if (voided) {
          await this.store.put(Object.assign({}, voided, { voided: true }));
        }
      }
      if (this.settled) {
        this.settled(scan, result);
      }
    }

    backOff() {
      this.wait = Math.min(this.wait ? this.wait * 2 : FIRST_WAIT, LONGEST_WAIT);
      const wait = Math.max((this.trouble.retryAfter || 0) * 1000, this.wait * (0.75 + Math.random() / 2));
      this.timer = setTimeout(() => this.send(), wait);
    }

    async forgetOld() {
      const recorded = one.inOrder(await this.store.scans()).filter(function (scan) { return scan.state === "recorded"; });
      for (const scan of recorded.slice(0, Math.max(0, recorded.length - KEPT))) {
        await this.store.drop(scan.scan_id);
      }
    }
  };

  one.inOrder = function (scans) {
    return scans.slice().sort(function (a, b) { return a.kept_at < b.kept_at ? -1 : a.kept_at > b.kept_at ? 1 : a.sequence - b.sequence; });
  };

  // The first scans that wait, of one device. By number: a clock that was set back must not send a void before its scan.
  one.nextBatch = function (waiting, size) {
    return waiting.filter(function (scan) { return scan.device === waiting[0].device; })
      .sort(function (a, b) { return a.sequence - b.sequence; }).slice(0, size);
  };

  one.asReported = function (scan) {
    return Object.assign({ scan_id: scan.scan_id, sequence: scan.sequence }, scan.said);
  };

  // What stays of a recorded scan: enough to find it again, to void it, to print its slip; no code, no card.
  one.remembered = function (scan, result) {
    const said = scan.said, kept = {
      scan_id: scan.scan_id, sequence: scan.sequence, device: scan.device, station: scan.station, kept_at: scan.kept_at,
      state: "recorded", purpose: said.purpose, verdict: result.verdict || null, tail: said.code ? scan.tail || one.tailOf(said.code) : null
    };
    ["category", "quantity", "unit", "amount_paid"].forEach(function (name) {
      if (said[name]) {
        kept[name] = said[name];
      }
    });
    kept.voided = Boolean(result.voided);
    kept.voids = said.voids ? said.voids.scan_id : null;
    return kept;
  };

  one.tailOf = function (text) {
    return one.readScanned(text).code.slice(-2);
  };

  // Files to be brought by hand: one body for POST /v1/scans for each device that numbered them.
  one.asFiles = function (waiting) {
    const byDevice = {};
    waiting.forEach(function (scan) { (byDevice[scan.device] = byDevice[scan.device] || []).push(scan); });
    return Object.keys(byDevice).map(function (device) {
      const scans = byDevice[device];
      return { station: scans[0].station, device: device, scans: scans.map(one.asReported) };
    });
  };
})();
