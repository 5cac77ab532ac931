import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGE_FILES } from './page-files.ts';

const files = [...PAGE_FILES.keys()].map(
  (name) => [name, readFileSync(path.join(import.meta.dirname, 'page', name), 'utf8')] as const,
);

describe('the page of the panel', () => {
  it.each(files)('makes no markup and no script of text: %s', (_name, text) => {
    expect(text).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment/,
    );
    expect(text).not.toMatch(/DOMParser|setHTML|srcdoc|\beval\b|new Function|javascript:|\bon[a-z]+=/i);
  });

  it.each(files)('brings all it needs: %s', (_name, text) => {
    const addresses = text.match(/\b(?:https?:)?\/\/[\w.-]+\.[a-z]{2,}[^\s'"]*/g) ?? [];
    expect(addresses.filter((address) => address !== 'http://www.w3.org/2000/svg')).toEqual([]);
    expect(text).not.toMatch(/@import|url\(|<script(?![^>]*src=)|<style|\sstyle=/);
  });
});
