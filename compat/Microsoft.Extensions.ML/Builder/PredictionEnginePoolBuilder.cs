using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.ML;

public class PredictionEnginePoolBuilder<TData, TPrediction>
    where TData : class
    where TPrediction : class, new()
{
    public PredictionEnginePoolBuilder(IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        Services = services;
    }

    public IServiceCollection Services { get; }
}
