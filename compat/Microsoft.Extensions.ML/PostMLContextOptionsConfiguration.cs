using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.ML;

namespace Microsoft.Extensions.ML;

/// <summary>Passes the messages of the context on to the application's log.</summary>
internal sealed class PostMLContextOptionsConfiguration(ILogger<MLContext> logger) : IPostConfigureOptions<MLOptions>
{
    public void PostConfigure(string? name, MLOptions options) => options.MLContext.Log += (_, e) => PoolLog.ContextMessage(logger, e.Message);
}
