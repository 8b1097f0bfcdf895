import { initAll } from './govuk-frontend.min.js'

initAll()
// What htmx puts into the page needs the same start as what came with it.
document.addEventListener('htmx:after:swap', (event) => {
  initAll({ scope: event.detail?.ctx?.target ?? document })
})
