delete_file:
  cmd.cmd.run:
    - tgt: 'G@os:CentOS'
    - expr_form: compound
    - arg:
      - rm -rf ./tmp/*
