// Takes the pictures of docs/status-page.md from the demo, in Debian's Chromium: npm run screenshots.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { palettePng } from './palette-png.mjs';

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url));

const DESK = { width: 1280, height: 1720 };
/** On a phone, what is seen without scrolling. */
const PHONE = { width: 390, height: 844 };
const PICTURES = [
  ['light', 'light', DESK],
  ['dark', 'dark', DESK],
  ['phone', 'light', PHONE],
];

const executablePath = '/usr/bin/chromium';
if (!existsSync(executablePath)) throw new Error('chromium is not installed: apt-get install chromium');

const demo = spawn(process.execPath, [at('dist/main.js'), 'demo', '--web.listen-address=127.0.0.1:0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

const addressOf = async () => {
  let welcome = '';
  for await (const text of demo.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    welcome += text;
    const [, port] = /Status +http:\/\/localhost:(\d+)\//.exec(welcome) ?? [];
    if (port !== undefined) return `http://127.0.0.1:${port}/`;
  }
  throw new Error('the demo has ended');
};

/** What the browser makes of its own picture: the bytes of all pixels. */
const pixelsOf = async (browser, png) => {
  const page = await browser.newPage();
  const base64 = await page.evaluate(
    `(async () => {
      const image = await createImageBitmap(await (await fetch('data:image/png;base64,${png.toString('base64')}')).blob());
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const url = await new Promise(resolve => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.readAsDataURL(new Blob([data]));
      });
      return url.slice(url.indexOf(',') + 1);
    })()`,
  );
  await page.close();
  return Buffer.from(base64, 'base64');
};

try {
  const url = await addressOf();
  while (!(await fetch(`${url}-/ready`)).ok) await pause(200);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  for (const [name, colorScheme, viewport] of PICTURES) {
    const page = await browser.newPage({ colorScheme, viewport });
    await page.goto(url);
    const pixels = await pixelsOf(browser, await page.screenshot());
    writeFileSync(at(`docs/status-page-${name}.png`), palettePng(pixels, viewport.width, viewport.height));
  }
  await browser.close();
} finally {
  demo.kill();
  await once(demo, 'exit');
}
