// Cards, judged on the phone: format and rules of services/codes/card.py, signatures by tweetnacl. A browser's own
// Ed25519 is not asked: old ones have none, none has any over plain http, and one way of judging is enough.
(function () {
  "use strict";

  const one = window.OneCode;
  const ADDRESS = /^https?:\/\/[^/]+\/c\/([^/?#]+)(?:\/([^/?#]+))?\/?$/i;
  const TOKEN_LENGTH = 116;
  const FIRST_DAY = Date.UTC(2000, 0, 1);
  const DAY = 86400000;

  function ascii(text) {
    return Array.from(text, function (letter) { return letter.charCodeAt(0); });
  }

  one.join = function () {
    const parts = Array.prototype.map.call(arguments, function (part) { return Array.from(part); });
    return Uint8Array.from(Array.prototype.concat.apply([], parts));
  };

  one.ascii = ascii;

  // What a scanner or a hand brings: {text, code, flaw, token}; token is null unless it is the address of a card.
  one.readScanned = function (text) {
    const trimmed = text.trim();
    const parts = ADDRESS.exec(trimmed);
    const read = one.readCode(parts ? parts[1] : trimmed);
    return { text: trimmed, code: read.code, flaw: read.flaw, token: parts && parts[2] ? parts[2].toUpperCase() : null };
  };

  one.readToken = function (text) {
    const bytes = text.length === TOKEN_LENGTH ? one.fromBase32(text) : null;
    if (!bytes || bytes[0] !== 1 || !bytes[1]) {
      return null;
    }
    const cardNo = ((bytes[2] * 256 + bytes[3]) * 256 + bytes[4]) * 256 + bytes[5];
    const issuedOn = new Date(FIRST_DAY + (bytes[6] * 256 + bytes[7]) * DAY).toISOString().slice(0, 10);
    return cardNo === 0 ? null : {
      keyId: bytes[1], cardNo: cardNo, issuedOn: issuedOn, head: bytes.subarray(0, 8), signature: bytes.subarray(8)
    };
  };

  one.keyOf = function (keys, keyId) {
    return (keys || []).filter(function (key) { return key.kid === String(keyId); })[0] || null;
  };

  one.isSigned = function (message, signature, key) {
    const publicKey = one.fromBase64(key.x);
    return publicKey !== null && publicKey.length === 32 && window.nacl.sign.detached.verify(message, signature, publicKey);
  };

  // "valid", "unknown_key", "key_withdrawn" or "bad_signature", by the keys of /.well-known/onecode-keys.json.
  one.judgeToken = function (code, text, keys) {
    const token = one.readToken(text);
    if (!token) {
      return "bad_signature";
    }
    const key = one.keyOf(keys, token.keyId);
    if (!key) {
      return "unknown_key";
    }
    const signed = one.join(ascii("onecode.card\0" + code), token.head);
    const isOfDay = key.valid_from <= token.issuedOn && (!key.valid_to || token.issuedOn < key.valid_to);
    if (!one.isSigned(signed, token.signature, key) || !isOfDay && !key.withdrawn_at) {
      return "bad_signature";
    }
    return key.withdrawn_at ? "key_withdrawn" : "valid";
  };
})();
