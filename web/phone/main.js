// The softphone: joins the line, the sound, the keypad and the call's record into one page.

import { keypad } from "./keypad.js";
import { Line } from "./line.js";
import { openMicrophone, openSpeaker } from "./sound.js";
import { drawLegend } from "./timing.js";
import { Transcript } from "./transcript.js";

const LOUD = 0.06;
const QUIET_AFTER_MS = 700;
const STATES = {
  starting: "Starting",
  idle: "Ready to call",
  connecting: "Connecting…",
  ringing: "Ringing…",
  called: "Somebody calls you",
  talking: "In a call",
};
const ENDS = {
  completed: "Call ended",
  busy: "The line is busy",
  "no-answer": "Nobody answered",
  failed: "The call failed",
  canceled: "Call ended",
};

const REOPEN_MS = 3000;

const $ = (id) => document.getElementById(id);
const transcript = new Transcript($("transcript"), $("empty"));
const keys = keypad($("keypad"), (digit) => call?.line.press(digit));
let config = null;
let call = null; // { line, speaker, microphone, since, ticking, quiet }
let record = null; // the last call's; it outlives the call by its last lines

function enter(state, words = STATES[state]) {
  document.body.dataset.state = state;
  $("state").textContent = words;
  const active = state !== "idle" && state !== "starting";
  const talking = state === "talking";
  $("call").hidden = active;
  $("answer").hidden = state !== "called";
  $("call").disabled = state !== "idle";
  $("hang-up").hidden = !active;
  $("use-microphone").disabled = active;
  $("words").disabled = $("speak").disabled = !talking;
  keys.enable(talking);
}

function complain(words) {
  $("problem").textContent = words;
  $("problem").hidden = !words;
}

/** Without a microphone the call goes on: lines can be typed. */
async function microphone(line) {
  if (!$("use-microphone").checked) return null;
  try {
    return await openMicrophone((frame, loudest) => {
      line.speak(frame);
      loudness(loudest);
    });
  } catch (error) {
    const why = error.name === "NotAllowedError" ? "The browser may not use the microphone." : "There is no microphone.";
    complain(`${why} You can type what you would say.`);
    return null;
  }
}

function loudness(level) {
  $("level").value = level;
  if (!call || level < LOUD) return;
  transcript.listening(true);
  clearTimeout(call.quiet);
  call.quiet = setTimeout(() => transcript.listening(false), QUIET_AFTER_MS);
}

/** A new call, on a line that is opened now or that rings. Its sound needs the user's own click. */
async function start(ringing = null) {
  complain("");
  record?.close();
  transcript.clear();
  enter("connecting");
  const mine = (call = { line: ringing });
  try {
    mine.speaker = await openSpeaker((loudest) => ($("agent-level").value = loudest));
    mine.line ??= await Line.open(config.carrier);
    mine.line.addEventListener("ringing", ({ detail }) => follow(detail.call_sid, "ringing"));
    mine.line.addEventListener("answered", ({ detail }) => {
      if (ringing) follow(detail.call_sid, "talking");
      answered(mine);
    });
    mine.line.addEventListener("sound", ({ detail }) => mine.speaker.play(detail.sound));
    mine.line.addEventListener("refused", ({ detail }) => refused(mine, detail.why));
    mine.line.addEventListener("ended", ({ detail }) => end(mine, ENDS[detail.status] ?? "Call ended"));
    mine.line.addEventListener("lost", () => {
      if (call === mine) complain("The line to the carrier was lost.");
      end(mine, "Call ended");
    });
    mine.microphone = await microphone(mine.line);
    if (call !== mine) return release(mine);
    if (ringing) mine.line.answer();
    else mine.line.dial(config.from, config.to);
  } catch (error) {
    complain(error.message);
    end(mine, STATES.idle);
  }
}

/** The page's own number can be called as long as the page is open, one call at a time. */
async function reachable() {
  let line;
  try {
    line = await Line.open(`${config.carrier}?number=${encodeURIComponent(config.from)}`);
  } catch {
    setTimeout(reachable, REOPEN_MS);
    return;
  }
  line.addEventListener("ringing", () => {
    if (call) return line.hangUp();
    call = { line };
    enter("called");
    $("answer").onclick = () => start(line);
    $("answer").focus({ preventScroll: true });
  });
  line.addEventListener("ended", ({ detail }) => {
    if (call?.line === line) end(call, detail.status === "completed" ? "Call ended" : "They have hung up");
  });
  line.addEventListener("lost", () => {
    if (call?.line === line) end(call, "Call ended");
    setTimeout(reachable, REOPEN_MS);
  });
}

function follow(callSid, state) {
  enter(state);
  const lines = (record = new EventSource(`calls/${callSid}/record`));
  const seen = new Set(); // after a lost connection everything comes again
  lines.onmessage = ({ data, lastEventId }) => {
    if (!seen.has(lastEventId)) transcript.show(JSON.parse(data));
    seen.add(lastEventId);
  };
  lines.addEventListener("over", () => lines.close());
}

function answered(mine) {
  enter("talking");
  mine.since = performance.now();
  mine.ticking = setInterval(() => {
    const seconds = Math.floor((performance.now() - mine.since) / 1000);
    $("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }, 250);
  $("words").focus({ preventScroll: true });
}

function refused(mine, why) {
  complain(`Refused: ${why}.`);
  if (document.body.dataset.state !== "talking") end(mine, STATES.idle);
}

/** The call is over; its record may still bring the last lines, and closes by itself. */
function end(mine, words) {
  if (call !== mine) return;
  call = null;
  release(mine);
  transcript.listening(false);
  $("level").value = $("agent-level").value = 0;
  enter("idle", words);
  $("call").focus({ preventScroll: true });
}

function release(mine) {
  clearInterval(mine.ticking);
  clearTimeout(mine.quiet);
  mine.line?.close();
  mine.microphone?.close();
  mine.speaker?.close();
}

$("call").addEventListener("click", () => start());
$("hang-up").addEventListener("click", () => {
  const mine = call;
  mine?.line?.hangUp();
  end(mine, "Call ended");
});
$("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = $("words").value.trim();
  if (!words || !call) return;
  call.line.say(words, config.voice);
  $("words").value = "";
});

drawLegend($("legend"));
enter("starting");
try {
  config = await (await fetch("config.json")).json();
  $("line").textContent = `${config.business}, ${config.to}`;
  enter("idle");
  reachable();
} catch {
  complain("The telephone is not running. Start it with `make phone`, then reload this page.");
}
