{# Failed logins as root are told; a name that nobody has is the world's noise. #}
{% if data.user == 'root' %}
failed_root_login:
  runner.event.send:
    - tag: ops/login/failed
    - data: {host: {{ data.id }}, from: {{ data.hostname | default('its console') }}}
{% endif %}
