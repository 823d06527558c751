{% from 'colours.jinja' import other, targets %}
{% set live = 'blue' if data.data.colour == 'blue' else 'green' %}
{% if data.data.healthy %}
switch:
  local.cmd.run:
    - tgt: 'lb*'
    - arg:
      - /opt/lb/switch {{ live }}
    - queue_ttl: 300
{% else %}
take_back:
  local.cmd.run:
    {{ targets(live) }}
    - arg:
      - /opt/app/rollback
{% endif %}
