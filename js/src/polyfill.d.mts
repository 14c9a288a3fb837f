// Globals only: with lib.dom they have their types already.
export {};
