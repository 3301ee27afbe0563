@echo off
rem Everything a person needs on Windows, one command each: build.cmd build | test | sample | bench | models | info | pack | probe
rem The same commands as build.sh, with the same meaning; see there or: build.cmd help
setlocal EnableDelayedExpansion
set caller=%CD%
cd /d "%~dp0"
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set DOTNET_NOLOGO=1
set choice_file=mlnet.local.props
set command=%1
if "%command%"=="" set command=help
shift
set mlnet=
set torchsharp=
set arguments=
:read
if "%~1"=="" goto read_done
if "%~1"=="--mlnet" (
  set mlnet=%~2
  shift
  shift
  goto read
)
if "%~1"=="--torchsharp" (
  set torchsharp=%~2
  shift
  shift
  goto read
)
set arguments=!arguments! %1
shift
goto read
:read_done

if "%command%"=="help" (
  echo build.cmd build ^| test [ARGS] ^| sample [--images DIR] [ARGS] ^| parity DIR ^| bench [ARGS] ^| models ^| info FILE ^| pack ^| probe   [--mlnet official^|compat] [--torchsharp official^|compat]
  exit /b 0
)
where dotnet >nul 2>nul || (echo build.cmd: the .NET SDK is missing; install .NET 10 from https://dotnet.microsoft.com/download& exit /b 1)

if "%command%"=="probe" if exist %choice_file% del %choice_file%
rem A file written before TorchSharp was asked for does not name it.
findstr /c:"<TorchSharpPackages>" %choice_file% >nul 2>nul && goto probed
if not "%mlnet%"=="" if not "%torchsharp%"=="" goto chosen
set found_mlnet=official
set found_torchsharp=official
dotnet restore eng\FeedProbe\FeedProbe.csproj -p:MLNetPackages=official --force >nul 2>nul || set found_mlnet=compat
dotnet restore eng\TorchSharpProbe\TorchSharpProbe.csproj -p:TorchSharpPackages=official --force >nul 2>nul || set found_torchsharp=compat
(
  echo ^<Project^>
  echo   ^<^^!-- ML.NET: as the package feed answered --^>
  echo   ^<PropertyGroup^>
  echo     ^<MLNetPackages^>!found_mlnet!^</MLNetPackages^>
  echo   ^</PropertyGroup^>
  echo   ^<^^!-- TorchSharp: as the package feed answered --^>
  echo   ^<PropertyGroup^>
  echo     ^<TorchSharpPackages^>!found_torchsharp!^</TorchSharpPackages^>
  echo   ^</PropertyGroup^>
  echo ^</Project^>
)>%choice_file%
:probed
if "%mlnet%"=="" (
  set mlnet=compat
  findstr /c:"<MLNetPackages>official<" %choice_file% >nul && set mlnet=official
)
if "%torchsharp%"=="" (
  set torchsharp=compat
  findstr /c:"<TorchSharpPackages>official<" %choice_file% >nul && set torchsharp=official
)
:chosen
if not "%mlnet%"=="official" if not "%mlnet%"=="compat" (echo build.cmd: --mlnet is '%mlnet%'; it must be official or compat& exit /b 1)
if not "%torchsharp%"=="official" if not "%torchsharp%"=="compat" (echo build.cmd: --torchsharp is '%torchsharp%'; it must be official or compat& exit /b 1)
echo build.cmd: ML.NET: %mlnet%, TorchSharp: %torchsharp% (the command line, else what the package feed answered, kept in %choice_file%)
if "%mlnet%"=="compat" (
  where turbojpeg.dll >nul 2>nul || echo build.cmd: turbojpeg.dll of libjpeg-turbo is not on PATH: JPEG files cannot be read in a compat build; get it from https://libjpeg-turbo.org
)
set p=-c Release --nologo -v q -p:MLNetPackages=%mlnet% -p:TorchSharpPackages=%torchsharp%

if "%command%"=="probe" exit /b 0
if "%command%"=="build" goto build
if "%command%"=="test" goto test
if "%command%"=="sample" goto sample
if "%command%"=="bench" goto bench
if "%command%"=="models" goto models
if "%command%"=="info" goto info
if "%command%"=="parity" goto parity
if "%command%"=="pack" goto pack
echo build.cmd: there is no command '%command%'; see build.cmd help
exit /b 1

:build
dotnet build ConvNeXt.MLNet.sln %p%
exit /b %errorlevel%

:test
dotnet build ConvNeXt.MLNet.sln %p% || exit /b 1
dotnet test ConvNeXt.MLNet.sln --no-build %p% --logger trx --results-directory TestResults %arguments%
exit /b %errorlevel%

rem Builds the program of a project folder and runs it in the folder that the caller stands in: there relative paths begin.
:sample
set folder=samples\QuickStart
set name=QuickStart
goto run_program

:parity
set folder=tests\ConvNeXt.Parity
set name=ConvNeXt.Parity
goto run_program

:models
:info
set arguments=%command% %arguments%
:bench
set folder=benchmarks\ConvNeXt.Benchmarks
set name=ConvNeXt.Benchmarks
goto run_program

:run_program
dotnet build %folder%\%name%.csproj %p% || exit /b 1
set program=%CD%\%folder%\bin\Release\net10.0\%name%.dll
cd /d "%caller%"
dotnet "%program%" %arguments%
exit /b %errorlevel%

:pack
if not "%mlnet%%torchsharp%"=="officialofficial" (echo build.cmd: pack makes packages that depend on the official ML.NET and TorchSharp, which this build does not use; try: build.cmd pack --mlnet official --torchsharp official& exit /b 1)
dotnet pack src\ConvNeXt.Backbone\ConvNeXt.Backbone.csproj %p% -o artifacts || exit /b 1
dotnet pack src\ConvNeXt.MLNet\ConvNeXt.MLNet.csproj %p% -o artifacts
exit /b %errorlevel%
