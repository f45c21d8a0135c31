// Requests: what the device asks goes below /scan/v1, where the server puts its credential to it; no script sees that.
(function () {
  "use strict";

  const one = window.OneCode;
  const PATIENCE = 30000;

  // {status, body, retryAfter}; body is JSON where it is, else text. Throws when no answer came, whatever became of it.
  one.ask = function (method, path, body, headers) {
    const controller = window.AbortController ? new window.AbortController() : null;
    const asked = window.fetch(path, {
      method: method,
      credentials: "same-origin",
      cache: "no-store",
      headers: Object.assign(body === undefined ? {} : { "Content-Type": "application/json" }, headers),
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: controller ? controller.signal : undefined
    }).then(async function (response) {
      const text = await response.text();
      const isJson = (response.headers.get("content-type") || "").indexOf("json") >= 0;
      return {
        status: response.status,
        body: isJson ? JSON.parse(text) : text,
        retryAfter: Number(response.headers.get("retry-after")) || 0
      };
    });
    let timer = 0;
    const late = new Promise(function (resolve, reject) {
      timer = setTimeout(function () {
        reject(new Error("no answer"));
        if (controller) {
          controller.abort();
        }
      }, PATIENCE);
    });
    function stop() {
      clearTimeout(timer);
    }
    asked.then(stop, stop);
    return Promise.race([asked, late]);
  };

  one.askDevice = function (method, path, body, headers) {
    return one.ask(method, "/scan" + path, body, headers);
  };

  // Bring keys, revocations, categories and the station up to date; what cannot be had stays as it was. Whether all came.
  one.refresh = async function (store, device) {
    const keys = await one.ask("GET", "/.well-known/onecode-keys.json");
    if (keys.status !== 200) {
      return false;
    }
    await store.set("keys", keys.body.keys);
    const isFresh = await one.refreshList(store, keys.body.keys);
    const categories = await one.ask("GET", "/v1/categories");
    if (categories.status === 200) {
      await store.set("categories", categories.body.categories);
    }
    const station = await one.askDevice("GET", "/v1/stations/" + encodeURIComponent(device.station));
    if (station.status === 200) {
      await store.set("station", { name: station.body.name, status: station.body.status });
    }
    return isFresh;
  };

  // Ask what changed since the list that is there, or for all of it; whether it came.
  one.refreshList = async function (store, keys) {
    const list = await store.get("list");
    for (const since of list && list.position ? [list.position, 0] : [0]) {
      const answer = await one.askDevice("GET", "/v1/revocations?format=text&since=" + since);
      if (answer.status === 200 && await one.takeList(store, keys, answer.body) === "taken") {
        return true;
      }
    }
    return false;
  };

  // Lay a list over what is known: "taken", "unreadable", "forged" or "gap". It may come by text message or memory stick.
  one.takeList = async function (store, keys, text) {
    const bytes = one.fromBase64(text);
    const delta = bytes && one.readDelta(bytes);
    if (!delta) {
      return "unreadable";
    }
    if (!one.isOurs(bytes, delta, keys)) {
      return "forged";
    }
    const laid = one.layOver(await store.get("list"), delta);
    if (!laid) {
      return "gap";
    }
    await store.set("list", laid);
    return "taken";
  };
})();
