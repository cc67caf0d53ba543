// The earpiece: 20 ms frames of mu-law in, sound out, in a context that runs at 8 kHz.
// A short cushion evens out the network; more than that is delay, so the oldest sound goes.

import { decode } from "./mulaw.js";

const CUSHION = 480; // 60 ms
const MOST = 3200; // 400 ms
const REPORT = 400; // 50 ms

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.waiting = [];
    this.samples = 0;
    this.at = 0;
    this.flowing = false;
    this.loudest = 0;
    this.unreported = 0;
    this.port.onmessage = ({ data }) => this.take(Float32Array.from(new Uint8Array(data), decode));
  }

  take(sound) {
    this.waiting.push(sound);
    this.samples += sound.length;
    while (this.samples > MOST) this.drop();
    this.flowing ||= this.samples >= CUSHION;
  }

  drop() {
    this.samples -= this.waiting.shift().length - this.at;
    this.at = 0;
  }

  process(_, [output]) {
    const out = output[0];
    for (let n = 0; n < out.length && this.flowing; n++) {
      out[n] = this.waiting[0][this.at++];
      this.samples--;
      this.loudest = Math.max(this.loudest, Math.abs(out[n]));
      if (this.at === this.waiting[0].length) {
        this.waiting.shift();
        this.at = 0;
      }
      this.flowing = this.samples > 0;
    }
    this.report(out.length);
    return true;
  }

  report(samples) {
    this.unreported += samples;
    if (this.unreported < REPORT) return;
    this.port.postMessage({ loudest: this.loudest });
    this.unreported = 0;
    this.loudest = 0;
  }
}

registerProcessor("playback", Playback);
