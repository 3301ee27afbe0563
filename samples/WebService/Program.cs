using ConvNeXt.WebService;

// dotnet run -- --ConvNeXt:ModelPath flowers.zip
await using WebApplication app = ClassifierApp.Create(new WebApplicationOptions { Args = args }, Telemetry.Add);
await app.RunAsync();
