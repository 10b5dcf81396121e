// Does nothing, beside a CPU's other work: when its event loop stands still, so does the machine. What tells it is probe.mjs.
setInterval(() => {}, 1_000);
