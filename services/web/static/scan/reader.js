// Reading codes from pictures: the camera's, or a photo's. The browser's own detector where it has one for QR codes, else
// jsQR, which is loaded when it is first needed.
(function () {
  "use strict";

  const one = window.OneCode;
  const LIVE_SIDE = 640, PAUSE = 120;
  // Small first: what is grain in a photo of the dusk is grey in a smaller one, and jsQR takes seconds over grain.
  const PHOTO_SIDES = [700, 500, 1000, 1600];
  let detector;

  async function ownDetector() {
    try {
      const formats = await window.BarcodeDetector.getSupportedFormats();
      return formats.indexOf("qr_code") >= 0 ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
    } catch (error) {
      return null;
    }
  }

  function loadDecoder() {
    return new Promise(function (resolve, reject) {
      const script = document.createElement("script");
      script.src = document.body.getAttribute("data-decoder");
      script.onload = function () { resolve(); };
      script.onerror = function () { script.remove(); reject(new Error("no decoder")); };
      document.head.appendChild(script);
    });
  }

  async function prepare() {
    if (detector === undefined) {
      detector = await ownDetector();
    }
    if (!detector && !window.jsQR) {
      await loadDecoder();
    }
  }

  async function readCanvas(canvas) {
    if (detector) {
      const found = await detector.detect(canvas);
      return found.length ? found[0].rawValue : null;
    }
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const found = window.jsQR(pixels.data, pixels.width, pixels.height, { inversionAttempts: "dontInvert" });
    return found && found.data ? found.data : null;
  }

  function draw(canvas, source, width, height, largest) {
    const scale = Math.min(1, largest / Math.max(width, height));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
  }

  function load(file) {
    return new Promise(function (resolve, reject) {
      const reader = new FileReader();
      reader.onerror = reject;
      reader.onload = function () {
        const image = new Image();
        image.onload = function () { resolve(image); };
        image.onerror = reject;
        image.src = reader.result;
      };
      reader.readAsDataURL(file);
    });
  }

  // The text of the code on a photo, or null. Tried in several sizes: what is noise in one is a code in another.
  one.readPhoto = async function (file) {
    await prepare();
    const image = await load(file);
    const canvas = document.createElement("canvas");
    for (const side of PHOTO_SIDES) {
      draw(canvas, image, image.naturalWidth, image.naturalHeight, side);
      const text = await readCanvas(canvas);
      if (text) {
        return text;
      }
    }
    return null;
  };

  // Whether this browser lets a page use the camera here: over plain http none does, save on the machine itself.
  one.hasCamera = function () {
    return Boolean(window.navigator.mediaDevices && window.navigator.mediaDevices.getUserMedia);
  };

  // Show the camera in `video` until a code is seen, and give found() its text; no longer than isWanted() says, which is
  // asked at every picture. Answers how to stop at once. Throws what the browser says when there is no camera, or no
  // leave to use it.
  one.watchCamera = async function (video, isWanted, found) {
    let isOver = false;
    await prepare();
    const wanted = { video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } }, audio: false };
    const stream = await window.navigator.mediaDevices.getUserMedia(wanted);
    const canvas = document.createElement("canvas");
    function stop() {
      isOver = true;
      stream.getTracks().forEach(function (track) { track.stop(); });
      if (video.srcObject === stream) {
        video.srcObject = null;
      }
    }
    async function look() {
      if (!isOver && !isWanted()) {
        stop();
      }
      if (isOver) {
        return;
      }
      let text = null;
      if (video.videoWidth) {
        // The middle square: that is where people hold a code.
        const side = Math.min(video.videoWidth, video.videoHeight);
        canvas.width = canvas.height = Math.min(side, LIVE_SIDE);
        canvas.getContext("2d").drawImage(
          video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, canvas.width, canvas.height
        );
        text = await readCanvas(canvas).catch(function () { return null; });
      }
      if (text && !isOver && isWanted()) {
        stop();
        found(text);
      } else {
        setTimeout(look, PAUSE);
      }
    }
    if (!isWanted()) {
      stop();
      return stop;
    }
    video.srcObject = stream;
    try {
      await video.play();
    } catch (error) {
      stop();
      throw error;
    }
    look();
    return stop;
  };
})();
