const NUMBER = new Intl.NumberFormat('en')

export const numberText = (number: number) => NUMBER.format(number)

/** `1 object`, `2,000 objects`. @param noun in the singular */
export const countText = (count: number, noun: string) => `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`
