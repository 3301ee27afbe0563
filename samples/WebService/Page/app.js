'use strict';

// The page of the service: sends a picture to /classify and shows its classes; the heat map comes from /heatmap.

const historyLength = 12;
const find = id => document.getElementById(id);
const percent = value => value >= 0.9995 && value < 1 ? '> 99.9 %' : value > 0 && value < 0.001 ? '< 0.1 %' : `${(100 * value).toFixed(1)} %`;

const time = milliseconds => `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;

/** The last results, newest first: {file, url, answer, heat}. */
const results = [];
let current = null; // the file that is shown and its results
let request = null; // what cancels the request that is under way

function show(part) {
  for (const id of ['waiting', 'busy', 'error', 'result']) find(id).hidden = id !== part;
  find('output').setAttribute('aria-busy', String(part === 'busy'));
}

function showPicture(entry) {
  current = entry;
  find('empty').hidden = true;
  find('preview').hidden = false;
  find('drop').classList.add('filled');
  find('frame').hidden = false;
  find('no-preview').hidden = true;
  find('picture').src = entry.url;
  find('heat').hidden = true;
  find('heat-switch').hidden = !entry.answer;
}

async function readProblem(response) {
  try {
    const problem = await response.json();
    return problem.detail || problem.title;
  } catch {
    return `The service answered with status ${response.status}.`;
  }
}

/** Sends a picture; returns the response or throws an error whose message is for people. */
async function send(path, file, signal) {
  const form = new FormData();
  form.append('file', file);
  let response;
  try {
    response = await fetch(path, { method: 'POST', body: form, signal });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The service cannot be reached, or it ended the upload because the file is too large.');
  }
  if (response.ok) return response;
  const error = new Error(await readProblem(response));
  error.isFinal = response.status >= 400 && response.status < 500 && response.status !== 429;
  throw error;
}

async function classify(file) {
  request?.abort();
  request = new AbortController();
  const { signal } = request;
  const entry = { file, url: URL.createObjectURL(file), answer: null, heat: null };
  if (current && !results.includes(current)) URL.revokeObjectURL(current.url);
  showPicture(entry);
  show('busy');
  try {
    const response = await send('/classify', file, signal);
    entry.answer = await response.json();
    remember(entry);
    showResult(entry);
  } catch (error) {
    if (error.name === 'AbortError') return; // another picture came
    find('reason').textContent = error.message;
    find('again').hidden = error.isFinal === true; // the same picture would get the same answer
    show('error');
    drawGallery();
  }
}

function showResult(entry) {
  const { answer } = entry;
  find('lead').textContent = answer.unsure ? 'Not sure' : 'Most likely';
  find('lead').className = answer.unsure ? 'unsure' : 'quiet';
  find('label').textContent = answer.label;
  find('share').textContent = percent(answer.probability);
  find('classes').replaceChildren(...answer.classes.map(drawClass));
  const { total, decoding, computing } = answer.milliseconds;
  find('timing').textContent = `${time(total)}, of which ${time(decoding)} decoding and ${time(computing)} computing`;
  show('result');
  find('heat-switch').hidden = false;
  drawGallery();
  if (find('show-heat').checked) showHeat(entry);
}

function drawClass({ label, probability }) {
  const item = document.createElement('li');
  const name = Object.assign(document.createElement('span'), { className: 'name', textContent: label });
  const number = Object.assign(document.createElement('span'), { className: 'number', textContent: percent(probability) });
  const track = Object.assign(document.createElement('span'), { className: 'track' });
  const bar = Object.assign(document.createElement('progress'), { className: 'bar', max: 1, value: probability });
  bar.setAttribute('aria-label', label);
  track.append(bar);
  item.append(name, number, track);
  return item;
}

async function showHeat(entry) {
  const heat = find('heat');
  try {
    if (!entry.heat) entry.heat = await (await send('/heatmap', entry.file)).json();
    if (current !== entry || !find('show-heat').checked) return;
    const { area } = entry.heat;
    heat.src = `data:image/png;base64,${entry.heat.png}`;
    for (const [side, share] of [['left', area.left], ['top', area.top], ['width', area.width], ['height', area.height]]) heat.style[side] = `${100 * share}%`;
    heat.alt = `Where the model sees ${entry.answer.label}`;
    heat.hidden = false;
  } catch (error) {
    find('show-heat').checked = false;
    find('timing').textContent = `No heat map: ${error.message}`;
  }
}

function remember(entry) {
  results.unshift(entry);
  for (const old of results.splice(historyLength)) URL.revokeObjectURL(old.url);
}

function drawGallery() {
  find('history').hidden = results.length === 0;
  find('gallery').replaceChildren(...results.map(entry => {
    const item = document.createElement('li');
    const button = Object.assign(document.createElement('button'), { type: 'button' });
    const picture = Object.assign(document.createElement('img'), { src: entry.url, alt: '' });
    const text = Object.assign(document.createElement('span'), { textContent: `${entry.answer.label} `, title: entry.answer.label });
    text.append(Object.assign(document.createElement('span'), { className: 'share', textContent: percent(entry.answer.probability) }));
    button.append(picture, text);
    button.setAttribute('aria-current', String(entry === current));
    button.addEventListener('click', () => {
      request?.abort();
      showPicture(entry);
      showResult(entry);
      find('gallery').querySelector('[aria-current="true"]')?.focus();
    });
    item.append(button);
    return item;
  }));
}

function clearHistory() {
  for (const entry of results.splice(0)) if (entry !== current) URL.revokeObjectURL(entry.url);
  drawGallery();
  find('file').focus();
}

function useFirst(files) {
  const file = [...files].find(each => each.type.startsWith('image/')) ?? files[0];
  if (file) classify(file);
}

find('picture').addEventListener('error', () => {
  find('frame').hidden = true;
  find('no-preview').hidden = false;
  find('no-preview').textContent = `${current.file.name} cannot be shown by this browser.`;
});

for (const id of ['file', 'camera']) {
  find(id).addEventListener('change', event => {
    useFirst(event.target.files);
    event.target.value = ''; // the same file can be chosen again
  });
}

// The whole page takes a dropped picture, so that one that misses the frame does not replace the page.
let depth = 0;
const mark = change => {
  depth = Math.max(0, depth + change);
  find('drop').classList.toggle('over', depth > 0);
};
addEventListener('dragenter', () => mark(1));
addEventListener('dragleave', () => mark(-1));
addEventListener('dragover', event => event.preventDefault());
addEventListener('drop', event => {
  event.preventDefault();
  mark(-depth);
  useFirst(event.dataTransfer.files);
});
addEventListener('paste', event => useFirst(event.clipboardData.files));
find('again').addEventListener('click', () => classify(current.file));
find('clear').addEventListener('click', clearHistory);
find('show-heat').addEventListener('change', event => {
  if (event.target.checked) showHeat(current);
  else find('heat').hidden = true;
});

fetch('/model').then(response => response.json()).then(({ labels }) => {
  const shown = 6;
  const names = labels.slice(0, shown).join(', ');
  find('model').textContent = labels.length > shown ? `Knows ${labels.length} classes, such as ${names}` : `Knows ${names}`;
}).catch(() => find('model').textContent = 'The service cannot be reached.');
