// Goal: the list of names that docs/conformance.md is compared with (tests/docs/test_conformance.py, which needs
// no npm) is that of the specification's IDL, in both directions.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { names, written } from '../tools/names.mjs';

it('tests/docs/webaudio_names.txt is what the IDL says; npm run names writes it', () => {
  assert.deepEqual(written().split('\n'), names().split('\n'));
});
