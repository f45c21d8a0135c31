// What the phone keeps: IndexedDB, or localStorage where there is none. Two boxes: "state" (device, lists, counter) and
// "scans" (by scan_id). A scan is given its number and written in one transaction, so no number is used twice.
(function () {
  "use strict";

  const one = window.OneCode;
  const NAME = "onecode.scan";

  function done(request) {
    return new Promise(function (resolve, reject) {
      request.onsuccess = function () { resolve(request.result); };
      request.onerror = function () { reject(request.error); };
    });
  }

  function whole(transaction) {
    return new Promise(function (resolve, reject) {
      transaction.oncomplete = function () { resolve(); };
      transaction.onerror = transaction.onabort = function () { reject(transaction.error); };
    });
  }

  function inDatabase(database) {
    async function write(box, value, key) {
      const transaction = database.transaction(box, "readwrite");
      transaction.objectStore(box).put(value, key);
      await whole(transaction);
    }
    return {
      kind: "indexeddb",
      get: function (key) { return done(database.transaction("state").objectStore("state").get(key)); },
      set: function (key, value) { return write("state", value, key); },
      scans: function () { return done(database.transaction("scans").objectStore("scans").getAll()); },
      put: function (scan) { return write("scans", scan); },
      drop: async function (scanId) {
        const transaction = database.transaction("scans", "readwrite");
        transaction.objectStore("scans").delete(scanId);
        await whole(transaction);
      },
      add: async function (scan) {
        const transaction = database.transaction(["state", "scans"], "readwrite");
        const state = transaction.objectStore("state");
        const asked = state.get("sequence");
        asked.onsuccess = function () {
          scan.sequence = (asked.result || 0) + 1;
          state.put(scan.sequence, "sequence");
          transaction.objectStore("scans").add(scan);
        };
        await whole(transaction);
        return scan;
      }
    };
  }

  function inLocalStorage() {
    function read() {
      return JSON.parse(window.localStorage.getItem(NAME) || '{"state":{},"scans":{}}');
    }
    async function change(how) {
      const all = read();
      how(all);
      window.localStorage.setItem(NAME, JSON.stringify(all));
    }
    return {
      kind: "localstorage",
      get: async function (key) { return read().state[key]; },
      set: function (key, value) { return change(function (all) { all.state[key] = value; }); },
      scans: async function () { const all = read().scans; return Object.keys(all).map(function (id) { return all[id]; }); },
      put: function (scan) { return change(function (all) { all.scans[scan.scan_id] = scan; }); },
      drop: function (scanId) { return change(function (all) { delete all.scans[scanId]; }); },
      add: async function (scan) {
        await change(function (all) {
          scan.sequence = all.state.sequence = (all.state.sequence || 0) + 1;
          all.scans[scan.scan_id] = scan;
        });
        return scan;
      }
    };
  }

  // The store of this browser. Rejects where nothing can be kept: then nothing may be recorded either.
  one.openStore = async function () {
    try {
      const asked = window.indexedDB.open(NAME, 1);
      asked.onupgradeneeded = function () {
        asked.result.createObjectStore("state");
        asked.result.createObjectStore("scans", { keyPath: "scan_id" });
      };
      return inDatabase(await done(asked));
    } catch (error) {
      const store = inLocalStorage();
      await store.set("opened", true);
      return store;
    }
  };
})();
