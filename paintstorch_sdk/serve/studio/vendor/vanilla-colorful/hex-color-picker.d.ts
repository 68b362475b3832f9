/** Types of what the studio uses of vanilla-colorful. */
export class HexColorPicker extends HTMLElement {
  color: string;
}
