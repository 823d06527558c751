{% if data['data']['state'] == 'refresh' %}
overstate_run:
  runner.state.over
{% endif %}
