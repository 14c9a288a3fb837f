// What `import ... from 'wavepool'` gives. Interfaces, dictionaries and enums are generated from the IDL.
export * from './generated/interfaces.mjs';
export * from './pools/index.mjs';

export interface AudioDevice {
  readonly deviceId: string;
  readonly groupId: string;
  readonly kind: 'audioinput' | 'audiooutput';
  readonly label: string;
  readonly isDefault: boolean;
  readonly maxChannelCount: number;
  readonly sampleRate: number;
}

// navigator.mediaDevices, as far as sounds go.
export interface MediaDevices extends EventTarget {
  enumerateDevices(): Promise<AudioDevice[]>;
  ondevicechange: ((this: any, ev: Event) => any) | null;
}

export const mediaDevices: MediaDevices;
