// What `import ... from 'wavepool'` gives. Interfaces, dictionaries and enums are generated from the IDL.
export * from './generated/interfaces.mjs';
