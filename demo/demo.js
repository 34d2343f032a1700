// Logs the events of the first uploader, and shows the value that the form would submit.

const log = document.querySelector('#log');
const events = [
  'file-add',
  'file-reject',
  'upload-start',
  'upload-retry',
  'upload-success',
  'upload-error',
  'upload-abort',
  'upload-complete',
];

for (const type of events) {
  document.querySelector('#live').addEventListener(type, ({ detail }) => {
    const entry = document.createElement('li');
    entry.textContent = [type, detail.name, detail.key ?? detail.code].filter(Boolean).join(' · ');
    log.append(entry);
    entry.scrollIntoView({ block: 'nearest' });
  });
}

document.querySelector('#order').addEventListener('submit', (event) => {
  event.preventDefault();
  const keys = new FormData(event.target).getAll('files');
  const count = keys.length === 1 ? '1 file' : `${keys.length} files`;
  document.querySelector('#sent').textContent = `Sent with ${count}: ${keys.join(', ')}`;
});
