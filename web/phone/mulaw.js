// G.711 mu-law, the sound of the telephone network: one byte a sample, 8 kHz.

const BIAS = 0x84;
const CLIP = 32635;

/** One sample, -1 to 1, as a mu-law byte. */
export function encode(sample) {
  const pcm = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
  const sign = pcm < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(pcm), CLIP) + BIAS;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

/** A mu-law byte as a sample, -1 to 1. */
export function decode(byte) {
  const code = ~byte & 0xff;
  const magnitude = (((code & 0x0f) << 3) + BIAS) << ((code >> 4) & 7);
  return ((code & 0x80 ? BIAS - magnitude : magnitude - BIAS)) / 32768;
}
