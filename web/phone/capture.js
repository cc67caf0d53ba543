// The mouthpiece: microphone sound at the browser's rate in, 20 ms frames of mu-law at 8 kHz out.

import { encode } from "./mulaw.js";

const LINE_RATE = 8000;
const FRAME = 160;
const CUTOFF_HZ = 3600;
const TAPS = 63;

/** A windowed-sinc low-pass for everything the line cannot carry. */
function lowPass(rate) {
  const taps = Float32Array.from({ length: TAPS }, (_, n) => {
    const t = n - (TAPS - 1) / 2;
    const x = 2 * Math.PI * (CUTOFF_HZ / rate) * t;
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 1)) / (TAPS + 1));
    return (t === 0 ? 1 : Math.sin(x) / x) * hann;
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.taps = lowPass(sampleRate);
    this.step = sampleRate / LINE_RATE;
    this.past = new Float32Array(TAPS);
    this.next = 0; // position of the next line sample, in input samples from the start of this block
    this.frame = new Uint8Array(FRAME);
    this.filled = 0;
    this.loudest = 0;
  }

  process([input]) {
    const sound = input[0];
    if (!sound) return true;
    const joined = new Float32Array(TAPS + sound.length);
    joined.set(this.past);
    joined.set(sound, TAPS);
    for (; this.next < sound.length; this.next += this.step) this.keep(this.filtered(joined, Math.floor(this.next) + 1));
    this.next -= sound.length;
    this.past = joined.slice(-TAPS);
    return true;
  }

  filtered(joined, from) {
    let sum = 0;
    for (let n = 0; n < TAPS; n++) sum += joined[from + n] * this.taps[n];
    return sum;
  }

  keep(sample) {
    this.loudest = Math.max(this.loudest, Math.abs(sample));
    this.frame[this.filled++] = encode(sample);
    if (this.filled < FRAME) return;
    this.port.postMessage({ frame: this.frame.slice().buffer, loudest: this.loudest });
    this.filled = 0;
    this.loudest = 0;
  }
}

registerProcessor("capture", Capture);
