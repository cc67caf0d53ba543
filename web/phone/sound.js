// The two halves of the handset: what the microphone hears, and what the caller hears.

/** Asks for the microphone and calls `onFrame(ArrayBuffer of 160 mu-law bytes, loudness 0..1)` every 20 ms. */
export async function openMicrophone(onFrame) {
  // Noise suppression would swallow soft consonants, which recognition needs more than people do.
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: false, autoGainControl: true },
  });
  const context = new AudioContext();
  const close = async () => {
    stream.getTracks().forEach((track) => track.stop());
    await context.close();
  };
  try {
    await context.audioWorklet.addModule(new URL("capture.js", import.meta.url));
    const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
    capture.port.onmessage = ({ data }) => onFrame(data.frame, data.loudest);
    context.createMediaStreamSource(stream).connect(capture);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

/** Opens the loudspeaker: `play(ArrayBuffer of mu-law bytes)`; `onLoudness(0..1)` tells what is really played. */
export async function openSpeaker(onLoudness) {
  const context = new AudioContext({ sampleRate: 8000 });
  await context.audioWorklet.addModule(new URL("playback.js", import.meta.url));
  const playback = new AudioWorkletNode(context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
  playback.port.onmessage = ({ data }) => onLoudness(data.loudest);
  playback.connect(context.destination);
  await context.resume();
  return {
    play: (frame) => playback.port.postMessage(frame, [frame]),
    close: () => context.close(),
  };
}
