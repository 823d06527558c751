{% from 'colours.jinja' import other, targets %}
{% set idle = other.get(data.data.live) %}
{% if idle and data.data.version | regex_match('v\d+\.\d+\.\d+$') %}
install:
  local.cmd.run:
    {{ targets(idle) }}
    - arg:
      - /opt/app/install {{ data.data.version | quote }}
{% else %}
refused:
  runner.event.send:
    - tag: ops/release/refused
    - data: {by: {{ data.id }}, live: {{ data.data.live | json }}, version: {{ data.data.version | json }}}
{% endif %}
