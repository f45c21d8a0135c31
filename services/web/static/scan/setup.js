// The phone itself: becoming a device, what it knows and since when, and being none any more.
(function () {
  "use strict";

  const one = window.OneCode;
  const OLD_DAYS = 7;

  one.SetupView = class {
    constructor(page) {
      this.page = page;
      one.at("enrol-form").addEventListener("submit", (event) => { event.preventDefault(); this.enrol(); });
      one.at("refresh").addEventListener("click", () => this.refresh());
      one.at("list-form").addEventListener("submit", (event) => { event.preventDefault(); this.takeList(); });
      one.at("enrol-again").addEventListener("click", function () { page.show("enrol"); });
      one.at("leave").addEventListener("click", () => this.leave());
    }

    // The same number goes with the same code until it is answered, so a lost answer costs no second code.
    async enrol() {
      const store = this.page.store, place = one.at("enrol-answer"), code = one.at("enrol-code").value.trim();
      const asked = await store.get("enrolment");
      const enrolment = asked && asked.code === code ? asked : { code: code, request_id: one.random(26) };
      await store.set("enrolment", enrolment);
      one.put(place, one.say("asking"));
      let answer;
      try {
        answer = await one.ask("POST", "/scan/enrol", enrolment);
      } catch (error) {
        one.put(place, one.say("enrol_no_line"));
        return;
      }
      if (answer.status !== 201) {
        one.put(place, one.sayProblem(answer.body));
        return;
      }
      await this.become(answer.body);
      one.put(place, "");
      one.at("enrol-code").value = "";
    }

    async become(device) {
      const store = this.page.store, before = await store.get("device");
      if (!before || before.device !== device.device) {
        await store.set("sequence", 0);
      }
      if (before && before.station !== device.station) {
        await store.set("list", null);
        await store.set("station", null);
      }
      await store.set("device", { device: device.device, station: device.station, label: device.label });
      await store.set("enrolment", null);
      if (window.navigator.storage && window.navigator.storage.persist) {
        window.navigator.storage.persist();
      }
      await this.page.loadState();
      this.page.show("home");
      this.page.queue.send();
      this.refresh();
    }

    async refresh() {
      const page = this.page;
      if (!page.device) {
        return;
      }
      one.put(one.at("refresh-answer"), one.say("asking"));
      let isFresh = false;
      try {
        isFresh = await one.refresh(page.store, page.device);
      } catch (error) {
        isFresh = false;
      }
      await page.loadState();
      one.put(one.at("refresh-answer"), one.say(isFresh ? "refreshed" : "not_refreshed"));
      page.redraw();
    }

    async takeList() {
      const page = this.page;
      const outcome = await one.takeList(page.store, page.keys, one.at("list-text").value);
      one.put(one.at("list-answer"), one.say("list_" + outcome));
      if (outcome === "taken") {
        one.at("list-text").value = "";
        await page.loadState();
        page.redraw();
      }
    }

    async leave() {
      const page = this.page, place = one.at("leave-answer"), button = one.at("leave");
      if ((await page.store.scans()).some(function (scan) { return scan.state !== "recorded"; })) {
        one.put(place, one.say("leave_waiting"));
      } else if (!button.getAttribute("data-asked")) {
        button.setAttribute("data-asked", "yes");
        one.put(place, one.say("leave_sure"));
      } else {
        button.removeAttribute("data-asked");
        try {
          await one.ask("POST", "/scan/leave", {});
        } catch (error) {
          one.put(place, one.say("only_with_line"));
          return;
        }
        for (const key of ["device", "station", "list", "operator"]) {
          await page.store.set(key, null);
        }
        for (const scan of await page.store.scans()) {
          await page.store.drop(scan.scan_id);
        }
        await page.loadState();
        page.show("enrol");
      }
    }

    draw() {
      const page = this.page, list = page.list, device = page.device;
      document.body.setAttribute("data-list", list ? String(list.position) : "");
      one.put(one.at("station-name"), device ? (page.station && page.station.name || device.station) + " · " + device.station : "");
      one.put(one.at("device-name"), device ? device.label + " · " + device.device : "");
      one.put(one.at("list-age"), this.ageOf(list));
      one.put(one.at("list-content"), list ? one.say("list_content", {
        codes: Object.keys(list.codes).length, cards: Object.keys(list.cards).length, region: list.region, keys: (page.keys || []).length
      }) : "");
      one.put(one.at("kept-in"), one.say(page.store.kind));
    }

    // When the lists were fetched last, and a warning when that is long ago.
    ageOf(list) {
      if (!list) {
        return one.element("span", "warning", one.say("list_never"));
      }
      const isOld = Date.now() / 1000 - list.at > OLD_DAYS * 86400;
      return one.element("span", isOld ? "warning" : "", one.say(isOld ? "list_old" : "list_of", { at: one.moment(new Date(list.at * 1000).toISOString()) }));
    }
  };
})();
