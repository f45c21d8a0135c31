// What is good no more, as the phone carries it: the signed list of services/codes/revocation.py, and the verdict by it.
(function () {
  "use strict";

  const one = window.OneCode;
  const HEAD = 20, SIGNATURE = 64;
  const STATES = ["in_force", "suspended", "revoked"];
  const EMPTY = { region: null, position: 0, at: null, codes: {}, cards: {}, keys: {} };

  function number(bytes, place, width) {
    let value = 0;
    for (let i = place; i < place + width; i += 1) {
      value = value * 256 + bytes[i];
    }
    return value;
  }

  function sections(content, delta) {
    let place = HEAD;
    while (place < content.length) {
      const tag = content[place], count = number(content, place + 1, 2);
      const state = tag - 0x10 >> 2, kind = tag - 0x10 & 3;
      const isCode = tag >= 0x10 && state < STATES.length && kind < 3;
      const width = isCode ? 5 : { 1: 1, 2: 4 }[tag];
      place += 3;
      if (!width || !count || place + count * width > content.length) {
        return null;
      }
      for (let i = 0; i < count; i += 1, place += width) {
        if (isCode) {
          delta.codes[one.codeOf(kind, content.subarray(place, place + 5))] = STATES[state];
        } else {
          delta[tag === 1 ? "keys" : "cards"].push(number(content, place, width));
        }
      }
    }
    return delta;
  }

  // The content of a signed list, or null if it is none. Whether it is ours, isOurs() says.
  one.readDelta = function (bytes) {
    const content = bytes.subarray(0, Math.max(0, bytes.length - SIGNATURE));
    if (content.length < HEAD || content[0] !== 2) {
      return null;
    }
    const region = Array.from(content.subarray(14, HEAD), function (pair) { return (pair < 10 ? "0" : "") + pair; }).join("");
    return sections(content, {
      keyId: content[1], since: number(content, 2, 4), position: number(content, 6, 4), at: number(content, 10, 4),
      region: region, codes: {}, cards: [], keys: []
    });
  };

  one.isOurs = function (bytes, delta, keys) {
    const key = one.keyOf(keys, delta.keyId);
    const signed = one.join(one.ascii("onecode.revocations\0"), bytes.subarray(0, bytes.length - SIGNATURE));
    return key !== null && !key.withdrawn_at && one.isSigned(signed, bytes.subarray(bytes.length - SIGNATURE), key);
  };

  // The list with what changed laid over it; null if something between them is missing. States, so twice does no harm.
  one.layOver = function (list, delta) {
    const known = list || EMPTY;
    if (delta.since > 0 && (known.region !== delta.region || known.position < delta.since)) {
      return null;
    }
    if (delta.since > 0 && delta.position < known.position) {
      return known;
    }
    const base = delta.since > 0 ? known : EMPTY;
    const laid = {
      region: delta.region, position: delta.position, at: delta.at,
      codes: Object.assign({}, base.codes), cards: Object.assign({}, base.cards), keys: {}
    };
    Object.keys(delta.codes).forEach(function (code) {
      if (delta.codes[code] === "in_force") {
        delete laid.codes[code];
      } else {
        laid.codes[code] = delta.codes[code];
      }
    });
    delta.cards.forEach(function (cardNo) { laid.cards[cardNo] = true; });
    delta.keys.forEach(function (keyId) { laid.keys[keyId] = true; });
    return laid;
  };

  // What can be said without a line of something read: {verdict, how}. "unlisted": well-formed and not on the list,
  // which is not to say that it was ever issued; "unknown_key": signed with a key that this phone does not know.
  one.judge = function (read, keys, list) {
    const known = list || EMPTY;
    if (read.token) {
      const said = one.judgeToken(read.code, read.token, keys);
      if (said === "bad_signature" || said === "unknown_key") {
        return { verdict: said, how: "card" };
      }
      const token = one.readToken(read.token);
      if (said === "key_withdrawn" || known.keys[token.keyId] || known.cards[token.cardNo]) {
        return { verdict: "revoked", how: "card" };
      }
    }
    const state = known.codes[read.code];
    return { verdict: state || (read.token ? "valid" : "unlisted"), how: read.token ? "card" : "code" };
  };
})();
