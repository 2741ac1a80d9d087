// Real HTML controls for the H5: uni-app's own are elements without a role, a label or a keyboard.

import { defineComponent, h, type PropType } from 'vue'

/** A native `<button>`. */
export const HtmlButton = defineComponent({
  name: 'HtmlButton',
  props: { disabled: Boolean },
  setup(props, { slots }) {
    return () => h('button', { type: 'button', disabled: props.disabled }, slots.default?.())
  },
})

/** A native `<input>` or `<textarea>` that keeps `value` and tells `change`. */
export const HtmlInput = defineComponent({
  name: 'HtmlInput',
  props: { value: { type: String, default: '' }, lines: { type: Number, default: 1 }, kind: { type: String as PropType<string>, default: 'text' } },
  emits: { change: (_value: string) => true, done: () => true },
  setup(props, { emit }) {
    return () =>
      h(props.lines > 1 ? 'textarea' : 'input', {
        value: props.value,
        rows: props.lines > 1 ? props.lines : undefined,
        type: props.lines > 1 ? undefined : props.kind,
        onInput: (event: Event) => emit('change', (event.target as HTMLInputElement).value),
        onKeydown: (event: KeyboardEvent) => {
          if (event.key === 'Enter' && props.lines === 1) emit('done')
        },
      })
  },
})
