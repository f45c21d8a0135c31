// Codes as services/codes/code.py reads them: forgiving of case, separators and look-alikes, strict about the check.
// The scripts of this page are ES2017 and no modules: phones in villages are old.
(function () {
  "use strict";

  const one = window.OneCode = {};
  const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const ISO = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const SEPARATORS = " -_.\t\r\n\u00a0\u2010\u2011\u2012\u2013\u2014\u2212\u3000\uff0d";
  const LOOK_ALIKES = { O: "0", I: "1", L: "1" };
  const LENGTH = 10;
  const KINDS = "HCE";

  function readCharacter(character) {
    if (SEPARATORS.indexOf(character) >= 0) {
      return "";
    }
    const number = character.codePointAt(0);
    const half = number >= 0xff01 && number <= 0xff5e ? String.fromCharCode(number - 0xfee0) : character;
    const letter = /^[0-9A-Za-z]$/.test(half) ? half.toUpperCase() : character;
    return LOOK_ALIKES[letter] || letter;
  }

  // ISO/IEC 7064 MOD 37,36; the state before the doubling is kept, which starts it at 18; good at 1.
  function step(state, character) {
    return ((state || 36) * 2 % 37 + ISO.indexOf(character)) % 36;
  }

  // What `text` writes: {code, flaw}; flaw is null for a good code, else "length", "kind", "alphabet" or "check".
  one.readCode = function (text) {
    const characters = Array.from(text);
    const code = characters.length > 64 ? text : characters.map(readCharacter).join("");
    const letters = Array.from(code);
    let flaw = null;
    if (characters.length > 64 || letters.length !== LENGTH) {
      flaw = "length";
    } else if (KINDS.indexOf(letters[0]) < 0) {
      flaw = "kind";
    } else if (letters.some(function (letter) { return ALPHABET.indexOf(letter) < 0; })) {
      flaw = "alphabet";
    } else if (letters.reduce(step, 18) !== 1) {
      flaw = "check";
    }
    return { code: code, flaw: flaw };
  };

  // The code of a kind (0 household, 1 cooperative, 2 enterprise) whose eight random characters are these 40 bits.
  one.codeOf = function (kind, bytes) {
    let body = KINDS[kind] + one.base32(bytes);
    const state = Array.from(body).reduce(step, 18);
    return body + ISO[((1 - (state || 36) * 2 % 37) % 36 + 36) % 36];
  };

  one.groupCode = function (code) {
    return code.slice(0, 4) + " " + code.slice(4, 8) + " " + code.slice(8);
  };

  // Five bits a character, Crockford's alphabet; bits that fill no character are left out.
  one.base32 = function (bytes) {
    let text = "", held = 0, bits = 0;
    bytes.forEach(function (byte) {
      held = (held << 8 | byte) & 0xffff;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        text += ALPHABET[held >> bits & 31];
      }
    });
    return text;
  };

  // The bytes that `text` writes, or null if it has other characters or bits behind the last byte.
  one.fromBase32 = function (text) {
    const bytes = new Uint8Array(Math.floor(text.length * 5 / 8));
    let held = 0, bits = 0, place = 0;
    for (let i = 0; i < text.length; i += 1) {
      const value = ALPHABET.indexOf(text[i]);
      if (value < 0) {
        return null;
      }
      held = (held << 5 | value) & 0xffff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes[place] = held >> bits & 255;
        place += 1;
      }
    }
    return held & (1 << bits) - 1 ? null : bytes;
  };

  // Bytes of base64url, with or without line breaks; null if it is none.
  one.fromBase64 = function (text) {
    try {
      const plain = window.atob(text.replace(/\s+/g, "").replace(/-/g, "+").replace(/_/g, "/"));
      return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
    } catch (error) {
      return null;
    }
  };

  one.random = function (length) {
    return one.base32(window.crypto.getRandomValues(new Uint8Array(Math.ceil(length * 5 / 8)))).slice(0, length);
  };
})();
