// Goal: the example plays, and its pools are as good as it says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

it('examples/js/notes_from_pools.mjs', async () => {
  const path = fileURLToPath(new URL('../../examples/js/notes_from_pools.mjs', import.meta.url));
  const { error, out } = await new Promise((done) => {
    execFile(process.execPath, [path, 'seconds=2.5', 'device=none'], { timeout: 60000 },
      (failure, text) => done({ error: failure, out: text }));
  });
  assert.equal(error, null);
  assert.match(out, /\[AudioProfiler\] \{ time: '\d+\.\d\ds', load/);
  assert.match(out, /voices made \d+, used again [1-9]/);
});
