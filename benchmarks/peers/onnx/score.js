// Scores raw float32 files with an ONNX model: node score.js MODEL JOBS
// JOBS is a JSON file, [{ "input": FILE, "dims": [n, 3, height, width], "output": FILE }]. Prints the runtime's version and the model's inputs and outputs.
'use strict';
const fs = require('node:fs');
const ort = require('onnxruntime-node');

async function main([model, jobs]) {
  const session = await ort.InferenceSession.create(model);
  console.log(`onnxruntime-node ${require('onnxruntime-node/package.json').version}`);
  for (const { input, dims, output } of JSON.parse(fs.readFileSync(jobs, 'utf8'))) {
    const bytes = fs.readFileSync(input);
    const pixels = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    const result = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', pixels, dims) });
    const logits = result[session.outputNames[0]].data;
    fs.writeFileSync(output, Buffer.from(logits.buffer, logits.byteOffset, logits.byteLength));
  }
}

main(process.argv.slice(2)).catch(error => {
  console.error(error.message);
  process.exit(1);
});
