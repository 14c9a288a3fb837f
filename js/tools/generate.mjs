// Writes src/generated/ from the specification's IDL. `npm run generate` writes; with --check it compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { load } from './idl.mjs';
import { dictionariesText } from './dictionaries.mjs';
import { interfacesText } from './interfaces.mjs';
import { declarationsText } from './declarations.mjs';

const folder = new URL('../src/generated/', import.meta.url);

// { file name: text }
export function generate() {
  const idl = load();
  return { 'dictionaries.mjs': dictionariesText(idl), 'interfaces.mjs': interfacesText(idl),
    'interfaces.d.mts': declarationsText(idl) };
}

export function stale(files = generate()) {
  return Object.keys(files).filter((name) => {
    try {
      return readFileSync(new URL(name, folder), 'utf8') !== files[name];
    } catch {
      return true;
    }
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = generate();
  if (process.argv.includes('--check')) {
    const names = stale(files);
    if (names.length > 0) {
      console.error(`stale: ${names.join(', ')}; run npm run generate`);
      process.exit(1);
    }
  } else {
    for (const [name, text] of Object.entries(files)) writeFileSync(fileURLToPath(new URL(name, folder)),
      text);
  }
}
