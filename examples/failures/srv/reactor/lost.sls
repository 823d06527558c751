{# Hosts whose link ended. The list is the platform's. #}
{% if data.lost %}
tell:
  runner.event.send:
    - tag: ops/alert/lost
    - data: {hosts: {{ data.lost | sort | json }}}
{% endif %}
