; What Windows installs, for Inno Setup 6.3 and newer. Compiled by packaging/build_windows.py, which
; gives all names below with /D (see lollma_release/inno.py); the folder is what PyInstaller made.
#ifndef Folder
  #error Run packaging/build_windows.py instead: it builds the folder and then compiles this file.
#endif

#define Name "LoLLMa"
#define Program "LoLLMa.exe"
#define FileType "LoLLMa.gguf"
#define BuildFile "_internal\resources\build.json"

[Setup]
; Never change: by it a newer version finds the older one and takes its place.
AppId={{0795784D-88F0-4AEC-B6D5-7018D83BA2FB}
AppName={#Name}
AppVersion={#Version}
AppVerName={#Name} {#Version}
AppPublisher=The LoLLMa authors
VersionInfoVersion={#FourNumbers}
VersionInfoProductTextVersion={#Version}
VersionInfoCopyright=The LoLLMa authors, MIT licence
VersionInfoDescription={#Name} Setup
; For this account alone, without a question for a password; whoever wants it for all may say so.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
DefaultDirName={autopf}\{#Name}
DisableProgramGroupPage=yes
DisableReadyPage=yes
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; Windows 10 of autumn 2018: what Qt needs.
MinVersion=10.0.17763
ChangesAssociations=yes
CloseApplications=yes
RestartApplications=no
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
SetupIconFile={#Icon}
UninstallDisplayName={#Name}
UninstallDisplayIcon={app}\{#Program}
; With one time for all files, the same folder makes the same installer.
TimeStampsInUTC=yes
TouchDate={#Date}
TouchTime={#Time}

[Messages]
ConfirmUninstall=Remove %1 from this PC?%n%nYour models, conversations and settings stay: the folder "LoLLMa models" in your own folder, and %%LOCALAPPDATA%%\LoLLMa.
UninstalledAll=%1 was removed. Your models, conversations and settings are still there: the folder "LoLLMa models" in your own folder, and %%LOCALAPPDATA%%\LoLLMa. Delete them by hand if you need them no more.

[Tasks]
Name: desktop; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: gguf; Description: "Open models (.gguf) with LoLLMa by a double click, if no other program does"

[InstallDelete]
; An older version's libraries must not be found beside those of a newer one.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Excludes: "\{#BuildFile}"; Flags: recursesubdirs createallsubdirs ignoreversion touch
Source: "{#BuildJson}"; DestDir: "{app}\_internal\resources"; DestName: "build.json"; Flags: ignoreversion touch

[Icons]
Name: "{autoprograms}\{#Name}"; Filename: "{app}\{#Program}"; Comment: "{#Summary}"
Name: "{autodesktop}\{#Name}"; Filename: "{app}\{#Program}"; Comment: "{#Summary}"; Tasks: desktop

[Registry]
; HKA is this account's part of the registry, or all accounts' where it is installed for all.
#define Classes "Software\Classes"
Root: HKA; Subkey: "{#Classes}\{#FileType}"; ValueType: string; ValueData: "Language model"; Flags: uninsdeletekey
Root: HKA; Subkey: "{#Classes}\{#FileType}\DefaultIcon"; ValueType: string; ValueData: "{app}\{#Program},0"
Root: HKA; Subkey: "{#Classes}\{#FileType}\shell\open"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "{#Name}"
Root: HKA; Subkey: "{#Classes}\{#FileType}\shell\open\command"; ValueType: string; ValueData: """{app}\{#Program}"" ""%1"""
Root: HKA; Subkey: "{#Classes}\.gguf"; Flags: uninsdeletekeyifempty
Root: HKA; Subkey: "{#Classes}\.gguf\OpenWithProgids"; ValueType: string; ValueName: "{#FileType}"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "{#Classes}\.gguf"; ValueType: string; ValueData: "{#FileType}"; Tasks: gguf; Check: IsFree
Root: HKA; Subkey: "{#Classes}\Applications\{#Program}"; Flags: uninsdeletekey
Root: HKA; Subkey: "{#Classes}\Applications\{#Program}\shell\open\command"; ValueType: string; ValueData: """{app}\{#Program}"" ""%1"""
Root: HKA; Subkey: "{#Classes}\Applications\{#Program}\SupportedTypes"; ValueType: string; ValueName: ".gguf"; ValueData: ""
Root: HKA; Subkey: "Software\Microsoft\Windows\CurrentVersion\App Paths\{#Program}"; ValueType: string; ValueData: "{app}\{#Program}"; Flags: uninsdeletekey

[Run]
Filename: "{app}\{#Program}"; Description: "{cm:LaunchProgram,{#Name}}"; Flags: nowait postinstall skipifsilent

[Code]
{ Whether no other program opens .gguf files by a double click. }
function IsFree: Boolean;
var
  Opens: String;
begin
  Result := not RegQueryStringValue(HKCR, '.gguf', '', Opens) or (Opens = '') or (Opens = '{#FileType}');
end;

{ A program that runs is a file that nobody may write to. }
function Runs(Name: String): Boolean;
var
  Path: String;
begin
  Path := ExpandConstant('{app}\') + Name;
  Result := False;
  if FileExists(Path) then
    try
      TFileStream.Create(Path, fmOpenReadWrite or fmShareDenyNone).Free;
    except
      Result := True;
    end;
end;

function InitializeUninstall: Boolean;
begin
  Result := True;
  while Result and (Runs('{#Program}') or Runs('lollma-cli.exe')) do
    Result := SuppressibleMsgBox('{#Name} is running. Close it, then go on.', mbError, MB_OKCANCEL, IDCANCEL) = IDOK;
end;

{ Another program may have taken .gguf over since: then its claim stays. }
procedure CurUninstallStepChanged(Step: TUninstallStep);
var
  Opens: String;
begin
  if (Step = usUninstall) and RegQueryStringValue(HKA, '{#Classes}\.gguf', '', Opens) and (Opens = '{#FileType}') then
    RegDeleteValue(HKA, '{#Classes}\.gguf', '');
end;
