/** A sheet on a ledge, in the colour of either theme. */
export const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<style>path{fill:#0b5fa5}@media(prefers-color-scheme:dark){path{fill:#7cb9f5}}</style>
<path d="M9 4h10l5 5v13H9zM3 25h26v3H3z"/>
</svg>
`
