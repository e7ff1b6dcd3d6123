// Reads a text aloud: sends it off, plays what comes, shows what is heard, and measures how soon that was.
//
// Events: "change"; "problem" and "notice" (detail: a sentence).

const SILENT = "Nothing of this text can be spoken: emoji, marks alone and scripts other than Latin have no sound.";

export class Reader extends EventTarget {
  #session;
  #player;
  #stage;
  #latency;
  #shown = new WeakMap(); // what the stage shows of a flush
  #measured = new Map(); // frames at which sound was waited for, with the entry of the latency and its arrival
  #isStopped = false;
  gaps = 0;

  constructor(session, player, stage, latency) {
    super();
    this.#session = session;
    this.#player = player;
    this.#stage = stage;
    this.#latency = latency;
    session.addEventListener("chunk", ({ detail }) => this.#take(detail));
    session.addEventListener("dropped", ({ detail: flush }) => this.#drop(flush));
    session.addEventListener("change", () => this.#changed());
    session.addEventListener("problem", ({ detail }) => this.#tell("problem", detail));
    player.addEventListener("change", () => this.#changed());
    player.addEventListener("problem", ({ detail }) => this.#tell("problem", detail));
    player.addEventListener("run", ({ detail }) => this.#measure(detail));
    player.addEventListener("gap", () => {
      this.gaps += 1;
      this.#changed();
    });
    stage.addEventListener("jump", ({ detail: seconds }) => this.jump(seconds));
  }

  get isAwaiting() {
    return this.#session.isAwaitingSpeech;
  }

  // Whether the user means to hear the rest later.
  get isPaused() {
    return this.mayResume && !this.#isStopped;
  }

  get mayResume() {
    return this.#player.isHeld && (this.#player.isBehind || this.isAwaiting);
  }

  get isReading() {
    return !this.#player.isHeld && (this.isAwaiting || this.#player.isSounding || this.#player.isBehind);
  }

  // Whether all that came was heard, and nothing more comes.
  get isThrough() {
    return this.#player.recording.frames > 0 && !this.#player.isBehind && !this.isAwaiting;
  }

  // Speaks a text in place of all that was spoken before. `how`: {voice, speed, rateHz}.
  read(text, how, askedAt) {
    this.#session.cancel();
    this.#player.unlock(how.rateHz);
    this.#begin();
    this.#speak(text, how, askedAt);
  }

  // Speaks a text behind all that was spoken before.
  readOn(text, how, askedAt) {
    this.#player.unlock(how.rateHz);
    if (this.#player.rateHz !== this.#player.recording.rateHz) {
      this.#session.cancel();
      this.#begin();
    } else if (this.#isStopped) {
      this.#player.seek(this.#player.recording.frames);
      this.#player.hold(false);
    }
    this.#speak(text, how, askedAt);
  }

  // Pauses, goes on, or begins again where all was heard.
  toggle() {
    this.#measured.clear();
    const isThrough = this.isThrough;
    if (isThrough) {
      this.#player.seek(0);
    }
    this.#isStopped = false;
    this.#player.hold(!isThrough && !this.#player.isHeld);
  }

  stop() {
    this.#measured.clear();
    this.#isStopped = true;
    this.#player.hold(true);
    this.#session.cancel();
  }

  // Hears on from another place, unless the user has paused.
  jump(seconds) {
    this.#measured.clear();
    this.#player.seek(seconds * this.#player.recording.rateHz);
    if (this.#isStopped) {
      this.#isStopped = false;
      this.#player.hold(false);
    }
  }

  #begin() {
    this.#player.begin();
    this.#stage.begin();
    this.#measured.clear();
    this.gaps = 0;
  }

  #speak(text, { voice, speed }, askedAt) {
    this.#isStopped = false;
    const flush = this.#session.speak({ text, voice, speed, rateHz: this.#player.rateHz }, askedAt);
    // A long text takes a while to show: it is on its way by then.
    this.#shown.set(flush, this.#stage.add(text));
  }

  #take({ flush, chunk, isFirst }) {
    const { recording } = this.#player;
    const startFrame = recording.frames;
    if (isFirst) {
      this.#time(flush, startFrame);
    }
    this.#player.add(chunk.samples);
    this.#stage.time(this.#shown.get(flush), chunk.alignment, startFrame / recording.rateHz);
    if (chunk.final) {
      this.#close(flush);
      if (flush.frames === 0) {
        this.#tell("notice", SILENT);
      }
    }
  }

  #close(flush) {
    this.#player.complete();
    this.#stage.endWord();
    this.#stage.drop(this.#shown.get(flush));
  }

  // What was refused while another one is spoken ends nothing of that.
  #drop(flush) {
    if (flush.frames > 0 || !this.isAwaiting) {
      this.#close(flush);
    } else {
      this.#stage.drop(this.#shown.get(flush));
    }
  }

  #time({ firstSound }, startFrame) {
    const entry = this.#latency.add(firstSound);
    if (!this.#player.isSounding && !this.#player.isBehind && !this.#player.isHeld) {
      this.#measured.set(startFrame, { entry, arrivedAt: firstSound.arrivedAt });
    }
  }

  #measure({ frame, heardAt }) {
    const measured = this.#measured.get(frame);
    if (measured !== undefined) {
      this.#measured.delete(frame);
      this.#latency.heard(measured.entry, heardAt - measured.arrivedAt);
    }
  }

  #changed() {
    this.#tell("change");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
