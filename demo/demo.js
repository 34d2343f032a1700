// What a page sees of its uploader: events, and the value of a form.

const log = document.querySelector('#log');
const events = ['file-add', 'file-reject', 'upload-start', 'upload-retry', 'upload-success', 'upload-error'];

for (const type of [...events, 'upload-abort', 'upload-complete']) {
  document.querySelector('#live').addEventListener(type, ({ detail }) => {
    const line = document.createElement('li');
    line.textContent = [type, detail.name, detail.key ?? detail.code].filter(Boolean).join(' · ');
    log.append(line);
    line.scrollIntoView({ block: 'nearest' });
  });
}

document.querySelector('#order').addEventListener('submit', (event) => {
  event.preventDefault();
  const files = new FormData(event.target).getAll('files');
  document.querySelector('#sent').textContent = `Sent, with ${files.length} stored: ${files.join(', ')}`;
});
