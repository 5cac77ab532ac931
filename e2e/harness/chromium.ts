import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's package. */
const EXECUTABLE = '/usr/bin/chromium';

/** Root has no sandbox, and a test has nothing to look up anywhere. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page, and what went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors, dialogs, refusals of the page's policy, and foreign addresses asked for: one line each. */
  readonly complaints: readonly string[];
}

/** A real browser with a profile of its own, gone with it. */
export class Chromium implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<Chromium> {
    return new Chromium(
      await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS, timeout: 30_000, headless: true }),
    );
  }

  /** A new page, in a session of its own. */
  async page(width = 1200): Promise<WatchedPage> {
    const page = await this.#browser.newPage({ viewport: { width, height: 800 } });
    page.setDefaultTimeout(15_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    // Says what the policy refused as well.
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      const isOwn = protocol === 'data:' || hostname === '127.0.0.1';
      if (!isOwn) complaints.push(`request: ${request.url()}`);
    });
    return { page, complaints };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
