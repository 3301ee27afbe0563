// ONNX Runtime's side of the paired comparison: a process that stays, reads commands and answers each with a line.
// node worker.js score MODEL THREADS BATCH SIZE INPUT; INPUT: float32 values of [BATCH, 3, SIZE, SIZE].
// Commands: "run N" answers with the seconds of N passes, "logits FILE" writes the logits of INPUT.
'use strict';
const fs = require('node:fs');
const readline = require('node:readline');
const ort = require('onnxruntime-node');

async function main([, model, threads, batch, size, input]) {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: Number(threads), interOpNumThreads: 1, graphOptimizationLevel: 'all' });
  const bytes = fs.readFileSync(input);
  const pixels = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', pixels, [Number(batch), 3, Number(size), Number(size)]) };
  const output = session.outputNames[0];
  console.log(`onnxruntime-node ${require('onnxruntime-node/package.json').version}`);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [command, argument] = line.split(/ (.*)/);
    if (command === 'run') {
      const times = [];
      for (let i = 0; i < Number(argument); i++) {
        const start = process.hrtime.bigint();
        await session.run(feeds);
        times.push(Number(process.hrtime.bigint() - start) / 1e9);
      }
      console.log(times.join(' '));
    } else {
      const logits = (await session.run(feeds))[output].data;
      fs.writeFileSync(argument, Buffer.from(logits.buffer, logits.byteOffset, logits.byteLength));
      console.log('written');
    }
  }
}

main(process.argv.slice(2)).catch(error => {
  console.error(error.message);
  process.exit(1);
});
