// What went wrong and what to do, in Chinese: one sentence for each code.

import type { Sentences } from '../messages.js'

export const zh: Sentences = {
  // Requests
  bad_request: '请求无法识别，请返回上一页重试',
  body_not_json: '提交的内容格式有误，请返回上一页重试',
  body_too_large: '提交的内容过大，请减少内容后再提交',
  unsupported_media_type: '不支持这种文件或内容格式，请更换后重试',
  validation_failed: '有内容填写不正确，请按提示修改后再提交',
  method_not_allowed: '当前版本不支持此操作，请更新后重试',
  not_found: '没有找到，或者您无权查看，请返回刷新后重试',
  not_acceptable: '无法提供所要求的格式，请换一种格式',
  // Log-in
  not_logged_in: '请先登录',
  token_expired: '登录已过期，请重新登录',
  session_revoked: '登录已失效，请重新登录',
  forbidden: '您没有此操作的权限，如有需要请联系管理员',
  bad_credentials: '账号或密码不正确，请核对后重试',
  account_locked: '失败次数过多，账号已暂时锁定，请稍后再试',
  account_disabled: '账号已停用，请联系管理员',
  second_factor_required: '请输入动态验证码',
  bad_second_factor: '动态验证码不正确或已使用，请等待下一个验证码后重试',
  second_factor_missing: '请先在"账号安全"中设置动态验证码',
  bad_code: '验证码不正确或已过期，请重新获取',
  wechat_bad_code: '微信登录没有成功，请重试',
  wechat_off: '本平台未开通微信登录，请使用短信验证码登录',
  wechat_unavailable: '微信登录暂时无法使用，请使用短信验证码登录',
  phone_required: '首次使用微信登录需要授权手机号，请点击授权',
  rate_limited: '操作过于频繁，请{s}后再试',
  // Changes
  conflict: '数据刚被他人修改，请刷新后重试',
  already_exists: '已经存在，无需重复添加，请刷新查看',
  wrong_state: '当前状态不能进行此操作，请刷新查看最新状态',
  roster_empty: '应到名单为空，请先生成应到名单再开放签到',
  idempotency_key_reused: '内容已修改，请刷新后重新提交',
  import_too_large: '名册过大，请拆分成几个文件后分别导入',
  import_unreadable: '无法读取名册文件，请下载模板，按模板填写后导入',
  import_has_problems: '名册中有错误，未导入任何数据，请按提示修改后重新导入',
  // Sign-in
  code_invalid: '这不是有效的签到码，请扫描会场大屏上的二维码',
  code_expired: '签到码已过期，请重新扫描大屏上的二维码',
  code_for_other_sitting: '这是另一场会议的签到码，请扫描本场大屏上的二维码',
  sitting_not_open: '签到尚未开始，请稍候',
  sitting_closed: '签到已结束，请联系现场会务人员',
  not_on_roster: '您不在本场会议的名册上，请联系现场会务人员',
  seat_suspended: '代表职务暂停执行期间不能签到，请联系会务人员',
  not_checked_in: '您尚未签到，请先签到',
  // Gates
  enrol_code_invalid: '注册码无效或已使用，请向会务人员索取新的注册码',
  batch_too_large: '一次上传的记录过多，请分批上传',
  gate_revoked: '此签到点已停用，请联系会务人员重新注册',
  // The server
  overloaded: '系统繁忙，请{s}后重试',
  unavailable: '服务暂时不可用，请{s}后重试',
  internal: '系统出错，请稍后重试；如仍有问题，请提供请求编号 {id}',
  client_outdated: '当前版本过旧，请更新后继续使用',
  // This device
  offline: '网络未连接，请检查网络后重试',
  timeout: '网络较慢，未收到结果，请重试',
  aborted: '操作已取消',
  unreadable: '当前网络需要先登录（如酒店、会场无线网络），请登录网络或改用移动数据',
  storage_full: '本机存储空间已满，未能保存，请清理空间后重试',
  queue_full: '等待上传的记录过多，请连接网络上传后再继续',
  unknown: '出现未知问题，请稍后重试',
  // A time to wait
  later: '稍',
  seconds: ' {n} 秒',
  minutes: ' {n} 分钟',
}
