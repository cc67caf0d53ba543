// The telephone line: one WebSocket to the carrier for one call. Sound is binary, all else is JSON.

const OPEN_WITHIN_MS = 5000;

export class Line extends EventTarget {
  #socket;

  /** Opens the socket; rejects with a sentence for the user. */
  static open(url) {
    return new Promise((resolve, reject) => {
      const line = new Line();
      const socket = (line.#socket = new WebSocket(url));
      socket.binaryType = "arraybuffer";
      const patience = setTimeout(() => socket.close(), OPEN_WITHIN_MS);
      socket.onopen = () => {
        clearTimeout(patience);
        resolve(line);
      };
      socket.onclose = () => {
        clearTimeout(patience);
        reject(new Error("The carrier does not answer. Is `make phone` still running?"));
        line.#tell({ type: "lost" });
      };
      socket.onmessage = ({ data }) => line.#tell(typeof data === "string" ? JSON.parse(data) : { type: "sound", sound: data });
    });
  }

  answer() {
    this.#send({ type: "answer" });
  }

  dial(from, to) {
    this.#send({ type: "dial", from, to });
  }

  press(digit) {
    this.#send({ type: "digit", digit });
  }

  say(text, voice) {
    this.#send({ type: "say", text, voice });
  }

  hangUp() {
    this.#send({ type: "hangup" });
  }

  /** 20 ms of the microphone. */
  speak(frame) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  close() {
    this.#socket.close();
  }

  #send(order) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(order));
  }

  #tell(detail) {
    this.dispatchEvent(new CustomEvent(detail.type, { detail }));
  }
}
