// Keeps one core busy.
process.send({ endpoint: '' });
setImmediate(() => {
  for (;;);
});
