// The thread of an AudioWorklet where there is none: pages. Nothing of it is reached, see ../host/absent.mjs.
export class Thread {}
export const channel = () => [];
export const moduleUrl = (text) => new URL(text, document.baseURI).href;
export const blobText = async (url) => (await fetch(url)).text();
